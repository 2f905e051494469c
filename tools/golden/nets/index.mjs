// The small Fashion-MNIST networks of the golden files, as plain functions from images to logits. For tests and
// experiments alike: tfjs comes as an argument.
import { readFileSync } from 'node:fs';
import { parseSafetensors } from '@curvature-tuning/safetensors';

/** @typedef {typeof import('@tensorflow/tfjs-core')} Tfjs */
/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

const golden = (/** @type {string} */ name) =>
  parseSafetensors(
    new Uint8Array(
      readFileSync(new URL(`../../../packages/ct-robustbench/test/golden/${name}.safetensors`, import.meta.url)),
    ),
  ).tensors;

/**
 * Loads `nat` or `adv`; `activation` stands where the ReLUs are. Images `[batch, 28, 28, 1]` to logits `[batch, 10]`.
 *
 * @type {typeof import('./index.mjs').loadGoldenNet}
 */
export function loadGoldenNet(tf, name, activation = tf.relu) {
  const tensors = golden(`aa_${name}`);
  /** @type {Record<string, Tensor>} */
  const w = {};
  for (const [key, { data, shape }] of tensors)
    if (!key.startsWith('_'))
      w[key] = tf.tidy(() => convert(tf, tf.tensor(/** @type {Float32Array} */ (data), [...shape])));
  const weight4d = (/** @type {string} */ layer) =>
    /** @type {import('@tensorflow/tfjs-core').Tensor4D} */ (w[`${layer}.weight`]);
  const net = (/** @type {Tensor} */ x) => {
    let y = x;
    for (const layer of ['conv1', 'conv2', 'conv3'])
      y = activation(tf.add(tf.conv2d(padOne(tf, y), weight4d(layer), 2, 'valid'), w[`${layer}.bias`]));
    const features = activation(tf.add(tf.matMul(tf.reshape(y, [-1, 512]), w['fc1.weight']), w['fc1.bias']));
    return tf.add(tf.matMul(features, w['fc.weight']), w['fc.bias']);
  };
  return Object.assign(net, {
    logits: /** @type {Float32Array} */ (valuesOf(tensors, '_golden_logits_first200')),
    dispose: () => tf.dispose(w),
  });
}

/**
 * The values of a tensor of a golden file.
 *
 * @param {ReturnType<typeof golden>} tensors
 * @param {string} name
 */
function valuesOf(tensors, name) {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`golden nets: the file has no tensor ${name}`);
  return found.data;
}

/**
 * PyTorch's padding of 1 on all sides, as an op: the tensorflow backend takes no number for it.
 *
 * @param {Tfjs} tf
 * @param {Tensor} y
 * @returns {import('@tensorflow/tfjs-core').Tensor4D}
 */
function padOne(tf, y) {
  return tf.pad(/** @type {import('@tensorflow/tfjs-core').Tensor4D} */ (y), [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
}

/**
 * OIHW to HWIO; [out, in] to [in, out], the first dense layer from (C, H, W) to (H, W, C).
 *
 * @param {Tfjs} tf
 * @param {Tensor} weight
 */
function convert(tf, weight) {
  if (weight.rank === 4) return tf.transpose(weight, [2, 3, 1, 0]);
  if (weight.rank === 2 && weight.shape[1] === 512)
    return tf.reshape(tf.transpose(tf.reshape(weight, [64, 32, 4, 4]), [2, 3, 1, 0]), [512, 64]);
  return weight.rank === 2 ? tf.transpose(weight) : tf.clone(weight);
}

/**
 * The first `count` of the 200 test images, pixels in [0, 1].
 *
 * @type {typeof import('./index.mjs').loadGoldenImages}
 */
export function loadGoldenImages(tf, count = 200) {
  const tensors = golden('aa_fashion200');
  const pixels = Float32Array.from(
    /** @type {Uint8Array} */ (valuesOf(tensors, 'images_u8')).subarray(0, count * 784),
    (byte) => byte / 255,
  );
  return {
    images: tf.tensor4d(pixels, [count, 28, 28, 1]),
    labels: /** @type {Int32Array} */ (valuesOf(tensors, 'labels')).slice(0, count),
  };
}
