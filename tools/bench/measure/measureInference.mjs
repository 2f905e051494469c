// @ts-check
// Times a network as it is, steered, and baked into stock ops, exactly and with a tolerance, in turns. Runs in Node and
// in pages.
import { spread } from './measureActivation.mjs';

/** @typedef {{ predict: (x: any) => any }} Network */
/** @typedef {{ shape: number[], forms: Record<string, Network> }} Contest */
/** @typedef {typeof import('../../../packages/ct-layers/dist/graph/index.js')} Graphs */
/**
 * @typedef {object} Modules
 * @property {any} tf
 * @property {Pick<typeof import('../../../packages/ct-layers/dist/index.js'), 'replaceActivations'>} layers
 * @property {Pick<Graphs, 'bake' | 'replaceGraphActivations'>} graphs
 * @property {Pick<typeof import('../../../packages/ct-models/dist/index.js'), 'resnet14' | 'resnet18'>} models
 */
/** @typedef {Record<string, { ms: import('./measureActivation.mjs').Spread, ratio: number[] }>} Measured By form. */

const BETA = 0.9;
/** How far units of the approximate form may be off. */
const TOLERANCE = 0.01;

/** What is measured: networks, with the size of their images. */
export const contestNames = /** @type {const} */ ([
  'ResNet-14, 28x28, batch 32',
  'ResNet-18, 224x224, batch 1',
  'MobileNetV2, LayersModel',
  'MobileNetV2, GraphModel',
]);
/** @typedef {(typeof contestNames)[number]} ContestName */

/**
 * Medians of milliseconds, and of ratios to the original's in the same round, with quartiles, by network and form.
 *
 * @param {Modules} modules
 * @param {Record<'layers' | 'graph', any>} nsfwjs Artifacts of the two MobileNetV2.
 * @param {{ rounds: number, names: readonly ContestName[] }} options
 * @returns {Promise<Record<string, Measured>>}
 */
export async function measureInference(modules, nsfwjs, { rounds, names }) {
  /** @type {Record<string, Measured>} */
  const measured = {};
  const all = contests(modules, nsfwjs);
  for (const name of names) measured[name] = await timesOf(modules.tf, await all[name](), rounds);
  return measured;
}

/**
 * @param {Modules} modules
 * @param {Record<'layers' | 'graph', any>} nsfwjs
 * @returns {Record<ContestName, () => Promise<Contest>>}
 */
function contests({ tf, layers: { replaceActivations }, graphs: { bake, replaceGraphActivations }, models }, nsfwjs) {
  /** @type {(steered: any) => Promise<Record<'baked' | 'approximate', Network>>} */
  const baked = async (steered) => {
    const loaded = async (/** @type {number} */ tolerance) =>
      tf.loadGraphModel(tf.io.fromMemory(await bake(steered, { tolerance })));
    return { baked: await loaded(0), approximate: await loaded(TOLERANCE) };
  };
  /** @type {(original: any, shape: number[]) => Promise<Contest>} */
  const ofLayers = async (original, shape) => {
    const steered = replaceActivations(original, { beta: BETA }).model;
    return { shape, forms: { original, steered, ...(await baked(steered)) } };
  };
  const image = [1, 224, 224, 3];
  return {
    'ResNet-14, 28x28, batch 32': () =>
      ofLayers(models.resnet14({ inputShape: [28, 28, 1], stemStride: 2, seed: 1 }), [32, 28, 28, 1]),
    'ResNet-18, 224x224, batch 1': () => ofLayers(models.resnet18({ classes: 10, seed: 1 }), image),
    'MobileNetV2, LayersModel': async () => ofLayers(await tf.loadLayersModel(tf.io.fromMemory(nsfwjs.layers)), image),
    'MobileNetV2, GraphModel': async () => {
      const steered = await replaceGraphActivations(nsfwjs.graph, { beta: BETA });
      const original = await tf.loadGraphModel(tf.io.fromMemory(nsfwjs.graph));
      return { shape: image, forms: { original, steered: steered.model, ...(await baked(steered)) } };
    },
  };
}

/**
 * @param {any} tf
 * @param {Contest} contest
 * @param {number} rounds
 * @returns {Promise<Measured>}
 */
async function timesOf(tf, { shape, forms }, rounds) {
  const x = tf.randomUniform(shape, 0, 1, 'float32', 1);
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(forms).map((name) => [name, []]));
  // The first two rounds are not counted.
  for (let round = -2; round < rounds; round++)
    for (const [name, form] of Object.entries(forms)) {
      const begin = performance.now();
      const y = tf.tidy(() => form.predict(x));
      await y.data();
      if (round >= 0) samples[name]?.push(performance.now() - begin);
      y.dispose();
    }
  x.dispose();
  const { original = [] } = samples;
  return Object.fromEntries(
    Object.entries(samples).map(([name, times]) => [
      name,
      { ms: spread(times), ratio: spread(times.map((time, i) => time / /** @type {number} */ (original[i]))) },
    ]),
  );
}
