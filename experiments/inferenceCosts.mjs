// What an image costs a graph, the same graph steered, and baked into stock nodes; and how far the two are apart.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadImages } from '@curvature-tuning/datasets/node';
import { applyAdapter, loadAdapter } from '@curvature-tuning/layers';
import { graphFeatures, replaceGraphActivations } from '@curvature-tuning/layers/graph';
import { artifactsIn } from './nsfwjsFiles.mjs';

const ROUNDS = 15;
const PHOTOS = 12;

/**
 * Times single images, the networks in turns, and compares the outputs of the last two.
 *
 * @param {any} tf With the backend set.
 * @param {{ folder: string, adapter: string, baked: string }} files Paths in the folder, which has
 *   `model` and `photos`.
 */
export async function inferenceCosts(tf, { folder, adapter: path, baked: bakedPath }) {
  const artifacts = artifactsIn(join(folder, 'model'));
  const graph = await replaceGraphActivations(artifacts, { sharing: 'channel', trainable: true });
  const adapter = await loadAdapter(new Uint8Array(readFileSync(join(folder, path))));
  const { output, pooling } = /** @type {{ output: string, pooling: 'avg' | 'max' | 'none' }} */ (
    adapter.config.base.graph
  );
  const steered = graphFeatures(graph, { output, pooling });
  await applyAdapter(steered, adapter);
  const original = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const baked = await tf.loadGraphModel(tf.io.fromMemory(artifactsIn(join(folder, bakedPath))));
  const networks = { original, steered, baked };
  /** @type {Record<string, number[]>} */
  const times = { original: [], steered: [], baked: [] };
  const files = readdirSync(join(folder, 'photos/test/circles')).slice(0, PHOTOS);
  const photos = await loadImages(
    files.map((name) => join(folder, 'photos/test/circles', name)),
    /** @type {NonNullable<NonNullable<typeof adapter.config.meta>['preprocessing']>} */ (
      adapter.config.meta?.preprocessing
    ),
  );
  /** The largest of a logit, relative to the largest logit of its photo, and of a probability. */
  const difference = { logits: 0, probabilities: 0 };
  for await (const { images } of photos.batches(1)) {
    /** @type {number[][]} */
    const [a, b] = [steered, baked].map((network) => tf.tidy(() => [...network.predict(images).dataSync()]));
    const largest = Math.max(...a.map(Math.abs));
    difference.logits = Math.max(difference.logits, apart(a, b) / largest);
    difference.probabilities = Math.max(difference.probabilities, apart(softmax(a), softmax(b)));
    tf.dispose(images);
  }
  const image = tf.randomUniform([1, 224, 224, 3], 0, 1, 'float32', 1);
  for (let round = -2; round < ROUNDS; round++)
    for (const [name, network] of Object.entries(networks)) {
      const begun = performance.now();
      tf.tidy(() => network.predict(image).dataSync());
      if (round >= 0) times[name].push(performance.now() - begun);
    }
  return {
    difference,
    milliseconds: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, quartiles(all)])),
  };
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function apart(a, b) {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

/**
 * In float64.
 *
 * @param {number[]} logits
 */
function softmax(logits) {
  const largest = Math.max(...logits);
  const all = logits.map((logit) => Math.exp(logit - largest));
  const sum = all.reduce((total, one) => total + one, 0);
  return all.map((one) => one / sum);
}

/**
 * Lower quartile, median, upper quartile.
 *
 * @param {number[]} values
 */
function quartiles(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => Number(sorted[Math.floor(part * sorted.length)].toFixed(1)));
}
