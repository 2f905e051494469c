// A model and photos of one's own: to an adapter, and from it, in processes of their own.
import * as tf from '@tensorflow/tfjs';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SteerReport } from '../src/index.js';
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

describe.each(['layers', 'graph'])('with %s', { timeout: 300_000 }, (model) => {
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
});

it('refuses what does not go together, before any work', { timeout: 60_000 }, async () => {
  const lora = await ct('steer', '--model', 'graph', ...quick, '--methods', 'probe,lora');
  expect([lora.code, lora.stderr]).toEqual([2, expect.stringContaining('--methods: lora need weights or statistics')]);
  const none = await ct('tune', '--model', 'nowhere/model.json', ...quick);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no file "nowhere/model.json"')]);
  expect(existsSync(join(folder, 'ct-report'))).toBe(false);
});
