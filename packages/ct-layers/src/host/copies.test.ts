import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { Draw } from '../../test/randomModel.js';
import { randomModel } from '../../test/randomModel.js';
import { difference } from '../../test/structures.js';
import { leafLayers, modelsIn } from '../model/modelConfig.js';
import { Random } from '../examples/random.js';
import { copyModel } from '../copy/rebuild.js';
import { replaceActivations } from '../surgery/replaceActivations.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** What a user can see of a model, but for the values of its weights. */
function description(model: tf.LayersModel): unknown {
  return {
    leaves: leafLayers(model).map(({ path, layer }) => [
      path,
      layer.getClassName(),
      layer.trainable,
      layer.inboundNodes.length > 0,
    ]),
    models: modelsIn(model).map((inner) => [
      inner.name,
      inner instanceof tf.Sequential,
      inner.trainable,
      inner.getUserDefinedMetadata() ?? null,
      inner.layers.map(({ name }) => name),
    ]),
    trainable: model.trainableWeights.map((weight) => weight.originalName),
    frozen: model.nonTrainableWeights.map((weight) => weight.originalName),
  };
}

function predict(model: tf.LayersModel): number[] {
  return tf.tidy(() =>
    [
      model.predict(
        tf.tensor2d([
          [0.5, -1, 2],
          [-0.3, 0.2, -2],
        ]),
      ),
    ]
      .flat()
      .flatMap((t) => [...(t as tf.Tensor).dataSync()]),
  );
}

/**
 * A random model that tfjs itself can make and run; it refuses names that are there twice, and frees tensors that it
 * needs in some nested models.
 */
function workingModel(seed: number): { original: tf.LayersModel; y: number[]; draw: Draw } {
  const random = new Random(seed);
  const draw: Draw = (count) => Math.floor(random.uniform(1, 1)[0]! * 0.5 * count + 0.5 * count) % count;
  try {
    const original = randomModel(draw);
    return { original, y: predict(original), draw };
  } catch {
    return fc.pre(false) as never;
  }
}

const seeds = fc.nat({ max: 2 ** 31 - 1 });

it(
  'copies 150 random compositions: the same numbers, names, flags and metadata; disposal frees all, and ' +
    'no other model',
  () => {
    fc.assert(
      fc
        .property(seeds, (seed) => {
          const { original, y } = workingModel(seed);
          const start = tf.memory().numTensors;
          const copy = copyModel(original);
          expect(description(copy)).toEqual(description(original));
          expect(predict(copy)).toEqual(y);
          const second = copyModel(copy);
          copy.dispose();
          expect(predict(second)).toEqual(y);
          second.dispose();
          expect(tf.memory().numTensors).toBe(start);
          expect(predict(original)).toEqual(y);
        })
        .afterEach(() => tf.disposeVariables()),
      { seed: 1, numRuns: 150 },
    );
  },
);

it(
  'steers 100 random compositions: beta = 1 is the original to 1e-5, paths are unique, flags stay, and ' +
    'disposal frees all',
  async () => {
    await fc.assert(
      fc
        .asyncProperty(seeds, async (seed) => {
          const { original, draw } = workingModel(seed);
          const start = tf.memory().numTensors;
          let steered: ReturnType<typeof replaceActivations>;
          try {
            steered = replaceActivations(original, { calls: draw(2) === 0 ? 'tied' : 'split' });
          } catch (error) {
            expect(tf.memory().numTensors).toBe(start);
            fc.pre(!/no activation matched/.test(String(error)));
            throw error;
          }
          const { model, sites, names } = steered;
          expect(await difference(original, model)).toBeLessThan(1e-5);
          const paths = leafLayers(model).map(({ path }) => path);
          expect(new Set(paths).size).toBe(paths.length);
          expect(sites.every(({ layer }) => paths.includes(layer))).toBe(true);
          expect([...names.keys()]).toEqual(leafLayers(original).map(({ path }) => path));
          expect([...names.values()].every((path) => paths.includes(path))).toBe(true);
          expect(model.trainableWeights.map(({ originalName }) => originalName)).toEqual(
            original.trainableWeights.map(({ originalName }) => originalName),
          );
          model.dispose();
          expect(tf.memory().numTensors).toBe(start);
        })
        .afterEach(() => tf.disposeVariables()),
      { seed: 2, numRuns: 100 },
    );
  },
);
