// A model and photos of one's own: to an adapter, and from it, in processes of their own.
import { loadImages } from '@curvature-tuning/datasets/node';
import * as tf from '@tensorflow/tfjs';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Prediction, SteerReport } from '../src/index.js';
import { readModelFiles } from '../src/network/modelFiles.js';
import { drawPhotos, graphArtifacts, layersArtifacts, writeModel } from './tinyModels.js';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
let folder: string;

function ct(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'ct-model-'));
  await drawPhotos(join(folder, 'photos'), 20);
  writeModel(join(folder, 'layers'), await layersArtifacts());
  writeModel(join(folder, 'graph'), graphArtifacts());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quick = ['--data', 'photos', '--epochs', '1', '--backend', 'cpu'];

describe.each(['layers', 'graph'])('with %s', (model) => {
  it('ct steer leaves an adapter beside its report, and says how to use it', async () => {
    const { code, stdout, stderr } = await ct(
      'steer',
      '--model',
      model,
      ...quick,
      '--betas',
      '0.7,0.9',
      '--output',
      `out-${model}`,
    );
    expect(stderr).not.toContain('ct:');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /60 images of 3 classes, .* resized to 16×16 RGB, values in \[0, 1\] \(the model does not say/,
    );
    expect(stdout).toMatch(new RegExp(`ct apply ${model} out-${model}/adapter.safetensors photos/`));
    const names = ['adapter.safetensors', 'report.html', 'report.json'];
    expect(readdirSync(join(folder, `out-${model}`)).sort()).toEqual(
      model === 'graph' ? names : [names[0]!, 'lora', ...names.slice(1)],
    );
    const { results, network } = JSON.parse(
      readFileSync(join(folder, `out-${model}`, 'report.json'), 'utf8'),
    ) as SteerReport;
    expect([network, Object.keys(results[0]!.outcomes)]).toEqual([
      model,
      model === 'graph' ? ['probe', 'sct', 'tct'] : ['probe', 'bn', 'sct', 'tct', 'lora'],
    ]);
    expect(stdout.includes('Left out: bn, lora need weights or statistics')).toBe(model === 'graph');
    expect(results[0]!.outcomes.probe!.testAccuracy).toBeGreaterThan(0.8);
  });

  it('ct apply gives the predictions of the run back from files alone, in three forms', async () => {
    const adapter = `out-${model}/adapter.safetensors`;
    const table = await ct('apply', model, adapter, 'photos', '--backend', 'cpu');
    expect([table.code, table.stderr]).toEqual([0, expect.stringContaining('resized to 16×16 RGB')]);
    expect(table.stdout).toMatch(/^photos\/blue\/0\.png +blue +\d+\.\d %/);
    const [, percent] = /(\d+\.\d) % right: \d+ of the 60 images/.exec(table.stdout)!;
    expect(Number(percent)).toBeGreaterThan(95);
    const json = await ct(
      'apply',
      model,
      adapter,
      'photos/red/3.png',
      '--format',
      'json',
      '--top',
      '2',
      '--backend',
      'cpu',
    );
    const [only, ...others] = JSON.parse(json.stdout) as Prediction[];
    expect([others.length, only!.file, only!.label, only!.classes.map(({ name }) => name)[0]]).toEqual([
      0,
      'photos/red/3.png',
      'red',
      'red',
    ]);
    expect(only!.classes[0]!.probability).toBeGreaterThan(only!.classes[1]!.probability);
    const csv = await ct('apply', model, adapter, 'photos/red/3.png', '--format', 'csv', '--backend', 'cpu');
    expect(csv.stdout).toMatch(/^file,class 1,probability 1,label\nphotos\/red\/3.png,red,[\d.]+,red\n$/);
    expect(Number(csv.stdout.split('\n')[1]!.split(',')[2])).toBeCloseTo(only!.classes[0]!.probability, 5);
  });

  it('ct info says what both are', async () => {
    const info = await ct('info', model, '--backend', 'cpu');
    expect(info.stdout).toMatch(model === 'graph' ? /^kind +GraphModel/ : /^kind +LayersModel/);
    expect(info.stdout).toMatch(/sites +2 activations: /);
    const adapter = await ct('info', `out-${model}/adapter.safetensors`);
    expect(adapter.stdout).toMatch(/classes +blue, green, red\nimages +resized to 16×16 RGB, values in \[0, 1\]/);
    const fingerprint = /fingerprint +(\w{16})/.exec(info.stdout)![1]!;
    expect(adapter.stdout).toContain(fingerprint);
  });

  it.each(model === 'layers' ? ['lora', 'adapter.safetensors'] : ['adapter.safetensors'])(
    'ct bake writes a model of stock TensorFlow.js with %s',
    async (file) => {
      const adapter = `out-${model}/${file}`;
      const to = `baked-${model}-${file.split('.')[0]}`;
      const baked = await ct('bake', model, adapter, to, '--softmax', '--backend', 'cpu');
      expect([baked.code, baked.stderr]).toEqual([0, '']);
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect((await ct('bake', model, adapter, to)).stderr).toContain('holds files; name another');
      const { artifacts } = await readModelFiles(join(folder, to), new AbortController().signal);
      const stock =
        file === 'lora'
          ? await tf.loadLayersModel(tf.io.fromMemory(artifacts))
          : await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      const photos = await loadImages(join(folder, 'photos', 'green', '5.png'), stock);
      const applied = await ct(
        'apply',
        model,
        adapter,
        'photos/green/5.png',
        '--format',
        'json',
        '--top',
        '3',
        '--backend',
        'cpu',
      );
      const [{ classes } = { classes: [] }] = JSON.parse(applied.stdout) as Prediction[];
      for await (const { images } of photos.batches(1)) {
        const scores = [...(stock.predict(images) as tf.Tensor).dataSync()];
        for (const { name, probability } of classes)
          expect(Math.abs(scores[['blue', 'green', 'red'].indexOf(name)]! - probability)).toBeLessThan(1e-5);
      }
      expect(classes).toHaveLength(3);
    },
  );
});

it('refuses what does not go together, before any work', async () => {
  const lora = await ct('steer', '--model', 'graph', ...quick, '--methods', 'probe,lora');
  expect([lora.code, lora.stderr]).toEqual([2, expect.stringContaining('--methods: lora need weights or statistics')]);
  for (const [model, adapter] of [
    ['graph', 'out-layers/adapter.safetensors'],
    ['layers', 'out-graph/adapter.safetensors'],
    ['graph', 'out-layers/lora'],
    ['resnet14.mnist', 'out-layers/lora'],
  ] as const) {
    const other = await ct('apply', model, adapter, 'photos/red', '--backend', 'cpu');
    expect([other.code, other.stdout, other.stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/the adapter ".*" (does|was)/),
    ]);
  }
  const image = await ct('apply', 'graph', 'out-graph/adapter.safetensors', 'photos/none.png');
  expect([image.code, image.stderr]).toEqual([2, expect.stringContaining('there is no "photos/none.png"')]);
  const none = await ct('tune', '--model', 'nowhere/model.json', ...quick);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no file "nowhere/model.json"')]);
  expect(existsSync(join(folder, 'ct-report'))).toBe(false);
});
