import * as tf from '@tensorflow/tfjs';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bake, replaceGraphActivations } from '../index.js';
import { relativeDifference } from '../../../test/graphCases.js';
import { nsfwjsArtifacts } from '../../../test/nsfwjsModels.js';

/** Loads what lies in a folder with nothing but tfjs and prints the outputs for the image beside it. */
const reader = `
  import * as tf from '@tensorflow/tfjs';
  import { readFile } from 'node:fs/promises';
  const [folder] = process.argv.slice(1);
  const json = JSON.parse(await readFile(folder + '/model.json', 'utf8'));
  const bytes = async (name) => new Uint8Array(await readFile(folder + '/' + name)).buffer;
  const model = await tf.loadGraphModel(tf.io.fromMemory({ ...json, weightData: await bytes('weights.bin') }));
  const image = tf.tensor4d(new Float32Array(await bytes('image.bin')), [1, 32, 32, 3]);
  console.log(JSON.stringify([...model.predict(image).dataSync()]));
`;

it(
  'a fresh process that has only tfjs loads a baked MobileNet and computes what the steered one did, to ' + '1e-6',
  async () => {
    await tf.setBackend('cpu');
    const steered = await replaceGraphActivations(await nsfwjsArtifacts('mobilenetV2Mid', 32), {
      beta: 0.85,
      coeff: 0.4,
    });
    const image = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 4);
    const expected = tf.tidy(() => [...(steered.model.predict(image) as tf.Tensor).dataSync()]);
    const { weightData, ...json } = await bake(steered);
    const folder = await mkdtemp(join(tmpdir(), 'ct-baked-'));
    try {
      await writeFile(join(folder, 'model.json'), JSON.stringify(json));
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
      await writeFile(join(folder, 'image.bin'), new Uint8Array((await image.data()).buffer));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', reader, folder],
        {
          cwd: join(import.meta.dirname, '..'),
        },
      );
      expect(
        relativeDifference(
          expected,
          JSON.parse(
            stdout
              .trim()
              .split('\n')
              .find((line) => line.startsWith('['))!,
          ) as number[],
        ),
      ).toBeLessThan(1e-6);
    } finally {
      await rm(folder, { recursive: true });
    }
    image.dispose();
    steered.model.dispose();
  },
);

it('baked with a tolerance of 0.01, a MobileNet equals the steered one to 0.03, in half the nodes', async () => {
  await tf.setBackend('cpu');
  const steered = await replaceGraphActivations(await nsfwjsArtifacts('mobilenetV2Mid', 32), { beta: 0.9 });
  const image = tf.randomUniform([4, 32, 32, 3], 0, 1, 'float32', 4);
  const exact = await bake(steered);
  const approximate = await bake(steered, { tolerance: 0.01 });
  const nodes = ({ modelTopology }: tf.io.ModelArtifacts): number => (modelTopology as { node: object[] }).node.length;
  expect(nodes(approximate)).toBeLessThan(nodes(exact) / 2);
  const loaded = await tf.loadGraphModel(tf.io.fromMemory(approximate));
  const [expected, got] = [steered.model, loaded].map((model) =>
    tf.tidy(() => [...(model.predict(image) as tf.Tensor).dataSync()]),
  );
  // Probabilities.
  expect(Math.max(...expected!.map((value, i) => Math.abs(value - got![i]!)))).toBeLessThan(0.03);
  [image, loaded, steered.model].forEach((thing) => thing.dispose());
});
