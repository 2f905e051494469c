// Times one training step of T-CT, of full fine-tuning and of the head alone, in the same loop on the same kernels.
// Runs in Node and in pages.
import { peakBytes } from './measureActivation.mjs';

/** @typedef {typeof import('../../../packages/ct-models/dist/index.js')} Models */
/** @typedef {Pick<typeof import('../../../packages/ct-layers/dist/index.js'), 'tune'>} Tuning */
/** @typedef {Pick<typeof import('../../../packages/ct-layers/dist/model.js'), 'copyModel'>} Copying */
/** @typedef {Pick<typeof import('../../../packages/ct-layers/dist/training.js'), 'fitClassifier'>} Fitting */
/** @typedef {ReturnType<Models['resnet14']>} Model */
/** @typedef {import('./measureActivation.mjs').Tfjs} Tfjs */
/** @typedef {{ tf: Tfjs, layers: Tuning & Copying & Fitting, models: Models }} Modules */
/** @typedef {{ images: any, labels: any }} Examples Of tensors. */
/** @typedef {{ onBatchBegin: () => void, onBatchEnd: () => void }} Callbacks */
/** @typedef {(model: Model, callbacks: Callbacks | undefined) => Promise<{ dispose: () => void }>} Method */

/**
 * What is trained: `build` takes the models package.
 *
 * @type {Record<string, { build: (models: Models) => Model, shape: number[], batch: number, steps: number }>}
 */
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
 * A network, what it is trained with, and the methods, each of which trains for as many steps as `networks` says.
 *
 * @param {Modules} modules
 * @param {string} name Of `networks`.
 */
export function trainingOf({ tf, layers: { copyModel, fitClassifier, tune }, models }, name) {
  const { build, shape, batch, steps } = networks[name];
  const model = build(models);
  const images = tf.randomNormal([batch * steps, ...shape], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(
    Array.from({ length: batch * steps }, (_, i) => i % 10),
    'int32',
  );
  const few = { images: tf.slice(images, 0, 2), labels: tf.slice(labels, 0, 2) };
  /** @type {Examples} */
  const data = { images, labels };
  /** @type {{ protocol: 'paper', epochs: number, batchSize: number, classes: number }} */
  const options = { protocol: 'paper', epochs: 1, batchSize: batch, classes: 10 };
  /** @type {import('../../../packages/ct-layers/dist/training.js').WeightSelection[]} */
  const everything = [{ name: 'all', learningRate: 1e-3, select: ({ name }) => !name.startsWith('moving') }];
  /** @type {Record<string, Method>} */
  const methods = {
    'T-CT': (model, callbacks) => tune(model, data, few, { ...options, callbacks }),
    'full fine-tuning': (model, callbacks) =>
      fitClassifier(copyModel(model), data, few, { ...options, callbacks, weights: everything }),
    'head, batch norm adapts': (model, callbacks) =>
      fitClassifier(copyModel(model), data, few, { ...options, callbacks }),
  };
  const dispose = () => {
    for (const t of [images, labels, few.images, few.labels]) t.dispose();
    model.dispose();
  };
  return { model, methods, dispose };
}

/**
 * The methods in turns, for some rounds: milliseconds of every step but the first of each run, the peak bytes over the
 * network of a run, and, on a card, the programs of its last step.
 *
 * @param {Modules} modules
 * @param {string} name Of `networks`.
 * @param {number} rounds
 * @param {() => unknown} between Called after each round.
 */
export async function measureSteps(modules, name, rounds, between = () => undefined) {
  const { model, methods, dispose } = trainingOf(modules, name);
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(methods).map((method) => [method, []]));
  /** @type {Record<string, number>} */
  const peaks = {};
  /** @type {Record<string, number>} */
  const programs = {};
  const ran = countPrograms(modules.tf);
  for (let round = 0; round < rounds; round++) {
    for (const [method, run] of Object.entries(methods)) {
      /** @type {number[]} */
      const times = [];
      let begin = 0;
      let before = 0;
      const callbacks = {
        onBatchBegin: () => void ([begin, before] = [performance.now(), ran?.() ?? 0]),
        onBatchEnd: () => {
          times.push(performance.now() - begin);
          if (ran !== undefined) programs[method] = ran() - before;
        },
      };
      if (round === 0) {
        // The peak of a whole run, over what was there before.
        peaks[method] = await peakBytes(modules.tf, async () => (await run(model, undefined)).dispose());
      }
      (await run(model, callbacks)).dispose();
      // The first step allocates.
      samples[method].push(...times.slice(1));
    }
    await between();
  }
  dispose();
  return { samples, peaks, programs };
}

/**
 * How many programs the backend of a card has run since; undefined for others.
 *
 * @param {unknown} tf
 */
function countPrograms(tf) {
  /** @type {Record<string, (...args: any[]) => unknown>} */
  const backend = /** @type {any} */ (tf).backend();
  const name = ['runWebGLProgram', 'runWebGPUProgram'].find((method) => typeof backend[method] === 'function');
  if (name === undefined) return undefined;
  const stock = backend[name].bind(backend);
  let count = 0;
  backend[name] = (...args) => {
    count++;
    return stock(...args);
  };
  return () => count;
}
