// What attacks see of a network: logits of pixels in [0, 1], and no other network or data than those that fit.
import type { Preprocessing } from '@curvature-tuning/data';
import { preprocess } from '@curvature-tuning/data';
import { setOutputKind } from '@curvature-tuning/layers/model';
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphArtifacts, layersArtifacts, writeModel } from '../../test/tinyModels.js';
import type { LoadedData } from '../options/loadData.js';
import { attackable, attackedClassifier, pixelsToLogits } from './attackable.js';

const { signal } = new AbortController();
let folder: string;
let layers: string;
let graph: string;

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'ct-attackable-'));
  layers = writeModel(join(folder, 'layers'), await layersArtifacts());
  graph = writeModel(join(folder, 'graph'), graphArtifacts());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('pixelsToLogits', () => {
  const pixels = Uint8Array.from({ length: 5 * 5 * 3 }, (_, i) => (i * 83 + 7) % 256);
  const network = (units: number): tf.LayersModel =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [5, 5, 3],
          filters: 4,
          kernelSize: 3,
          kernelInitializer: tf.initializers.heNormal({ seed: 3 }),
        }),
        tf.layers.flatten(),
        tf.layers.dense({ units, kernelInitializer: tf.initializers.heNormal({ seed: 4 }) }),
      ],
    });

  it.each<[string, Omit<Preprocessing, 'inputSize'>]>([
    ['nothing', {}],
    ['one mean for three deviations', { mean: [0.5], std: [0.2, 0.25, 0.3] }],
    ['three means for one deviation', { mean: [0.4, 0.5, 0.6], std: [0.25] }],
    ['a range', { range: [-1, 1] }],
    ['a range with mean and deviation in its units', { range: [0, 255], mean: [120, 110, 100], std: [58, 57, 56] }],
    ['blue first', { range: [0, 255], mean: [103.939, 116.779, 123.68], channelOrder: 'bgr' }],
  ])('%s: the logits are those of preprocess to 1e-5', (_, preprocessing) => {
    const model = network(3);
    const inputSize = [5, 5, 3] as const;
    const { values } = preprocess({ ...preprocessing, inputSize })({ values: pixels, shape: [5, 5, 3] });
    const [expected, actual, scale] = tf.tidy(() => {
      const logits = model.predict(tf.tensor4d(values, [1, 5, 5, 3])) as tf.Tensor;
      const image = tf.tensor4d(
        Float32Array.from(pixels, (byte) => byte / 255),
        [1, 5, 5, 3],
      );
      const got = pixelsToLogits(model, { ...preprocessing, inputSize })(image);
      return [logits.dataSync(), got.dataSync(), logits.abs().max().dataSync()[0]!];
    });
    expected.forEach((logit, i) => expect(Math.abs(actual[i]! - logit) / scale).toBeLessThan(1e-5));
    model.dispose();
  });

  it('one logit z of class 1 becomes [0, z]', () => {
    const model = network(1);
    const [z, rows] = tf.tidy(() => {
      const image = tf.randomUniform([2, 5, 5, 3], 0, 1, 'float32', 5);
      return [
        (model.predict(image) as tf.Tensor).dataSync(),
        pixelsToLogits(model, { inputSize: [5, 5, 3] })(image).arraySync() as number[][],
      ];
    });
    rows.forEach(([zero, one], i) => expect([zero, one]).toEqual([0, expect.closeTo(z[i]!, 5)]));
    model.dispose();
  });
});

it('a LayersModel that ends in a softmax is attacked on its logits, with the head it came with', async () => {
  const before = tf.memory().numTensors;
  const { classifier, dispose } = await attackedClassifier({ model: layers }, signal);
  const [logits, probabilities] = tf.tidy(() => {
    const image = tf.randomUniform([1, 16, 16, 3], 0, 1, 'float32', 6);
    const z = classifier.predict(image) as tf.Tensor;
    const undo = setOutputKind(classifier, 'probabilities');
    const p = classifier.predict(image) as tf.Tensor;
    undo();
    return [z.softmax().dataSync(), p.dataSync()];
  });
  logits.forEach((p, i) => expect(p).toBeCloseTo(probabilities[i]!, 6));
  dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses what cannot be attacked, by name and with the cure, and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  await expect(attackedClassifier({ model: graph }, signal)).rejects.toThrow(
    /GraphModel, whose head ct does not train or attack; .* --adapter ct-report\/adapter\.safetensors/,
  );
  const adapter = join(folder, 'none.safetensors');
  await expect(attackedClassifier({ model: graph, adapter, feature: 'pooled' }, signal)).rejects.toThrow(
    '--feature and --pooling: the adapter says where the features are; leave them out',
  );
  const model = tf.sequential({ layers: [tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3 })] });
  const { path, dispose } = await saved(model);
  await expect(attackedClassifier({ model: path }, signal)).rejects.toThrow(
    /must be a classifier with one row of logits an image: it has outputs \[null,6,6,4\]/,
  );
  dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses data of other classes, or of the same in another order', async () => {
  const { dispose, ...adapted } = await attackedClassifier({ model: layers }, signal);
  const data = (classes: string[]): LoadedData => ({ name: 'photos', classes }) as unknown as LoadedData;
  expect(() => attackable({ ...adapted, dispose }, data(['a', 'b']))).toThrow(
    "--data photos must have the network's 5 classes, has 2; attack the network on the data it was trained for",
  );
  const meta = { classNames: ['a', 'b', 'c', 'd', 'e'] };
  expect(() => attackable({ ...adapted, dispose, meta }, data(['a', 'c', 'b', 'd', 'e']))).toThrow(
    'class 1 is "b" there, "c" here',
  );
  dispose();
});

/** Saves a model, whose layers are disposed of. */
async function saved(model: tf.LayersModel): Promise<{ path: string; dispose: () => void }> {
  const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve, reject) => {
    model
      .save(
        tf.io.withSaveHandler((made) => {
          resolve(made);
          return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
        }),
      )
      .catch(reject);
  });
  model.dispose();
  const path = writeModel(join(folder, 'saved'), { ...artifacts, format: 'layers-model' });
  return { path, dispose: () => rmSync(join(folder, 'saved'), { recursive: true }) };
}
