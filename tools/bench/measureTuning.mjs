// Times one training step of T-CT, of full fine-tuning and of the head alone, in the same loop on the same kernels.
// Runs in Node and in pages.
import { peakBytes } from './measureActivation.mjs';

/** What is trained: `build` takes the models package. */
export const networks = {
  resnet14: {
    build: ({ resnet14 }) => resnet14({ inputShape: [28, 28, 1], stemStride: 2, seed: 1 }),
    shape: [28, 28, 1],
    batch: 32,
    steps: 6,
  },
  resnet18: { build: ({ resnet18 }) => resnet18({ classes: 10, seed: 1 }), shape: [224, 224, 3], batch: 8, steps: 2 },
};

/**
 * The methods in turns, for some rounds: milliseconds of every step but the first of each run, and the peak bytes over
 * the network of a run.
 *
 * @param modules tfjs, the layers package and the models package.
 * @param between Called after each round.
 */
export async function measureSteps(
  { tf, layers: { copyModel, fitClassifier, tune }, models },
  name,
  rounds,
  between = () => undefined,
) {
  const everything = [{ name: 'all', learningRate: 1e-3, select: ({ name }) => !name.startsWith('moving') }];
  const methods = {
    'T-CT': (model, data, callbacks) => tune(model, data, data.few, { ...data.options, callbacks }),
    'full fine-tuning': (model, data, callbacks) =>
      fitClassifier(copyModel(model), data, data.few, { ...data.options, callbacks, weights: everything }),
    'head, batch norm adapts': (model, data, callbacks) =>
      fitClassifier(copyModel(model), data, data.few, { ...data.options, callbacks }),
  };
  const { build, shape, batch, steps } = networks[name];
  const model = build(models);
  const images = tf.randomNormal([batch * steps, ...shape], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(
    Array.from({ length: batch * steps }, (_, i) => i % 10),
    'int32',
  );
  const few = { images: tf.slice(images, 0, 2), labels: tf.slice(labels, 0, 2) };
  const data = { images, labels, few, options: { protocol: 'paper', epochs: 1, batchSize: batch, classes: 10 } };
  const samples = Object.fromEntries(Object.keys(methods).map((method) => [method, []]));
  const peaks = {};
  for (let round = 0; round < rounds; round++) {
    for (const [method, run] of Object.entries(methods)) {
      const times = [];
      let begin = 0;
      const callbacks = {
        onBatchBegin: () => void (begin = performance.now()),
        onBatchEnd: () => void times.push(performance.now() - begin),
      };
      if (round === 0) {
        // The peak of a whole run, over what was there before.
        peaks[method] = await peakBytes(tf, async () => (await run(model, data, undefined)).dispose());
      }
      (await run(model, data, callbacks)).dispose();
      // The first step allocates.
      samples[method].push(...times.slice(1));
    }
    await between();
  }
  for (const t of [images, labels, few.images, few.labels]) t.dispose();
  model.dispose();
  return { samples, peaks };
}
