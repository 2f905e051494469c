/** A linear classifier on small images, whose robustness is known in closed form. */
import * as tf from '@tensorflow/tfjs';
import type { Norm } from '../src/geometry/norm.js';
import { RandomStream } from '../src/data/randomStream.js';
import type { AttackBatch, AttackContext } from '../src/attacks/attackBatch.js';
import { AttackedModel } from '../src/model/attackedModel.js';

export const SIDE = 10;
const SIZE = SIDE * SIDE;
export const CLASSES = 5;

export interface LinearSetting {
  model: (x: tf.Tensor) => tf.Tensor;
  /** `[count, 10, 10, 1]`, pixels in [0.4, 0.6], far from the range's ends. */
  images: tf.Tensor4D;
  labels: Int32Array;
  /**
   * The smallest perturbation that changes each image's class: min over k of (z_y − z_k)/‖w_y − w_k‖ in the dual norm.
   */
  distances(norm: Norm): number[];
  dispose(): void;
}

export function linearSetting(count: number, seed = 1): LinearSetting {
  const random = new RandomStream(seed);
  const w = Float32Array.from({ length: SIZE * CLASSES }, () => random.normal());
  const pixels = Float32Array.from({ length: count * SIZE }, () => 0.4 + 0.2 * random.uniform());
  const weights = tf.tensor2d(w, [SIZE, CLASSES]);
  const z = (row: number, k: number): number => {
    let sum = 0;
    for (let i = 0; i < SIZE; i++) sum += (pixels[row * SIZE + i]! - 0.5) * w[i * CLASSES + k]!;
    return sum;
  };
  const labels = Int32Array.from({ length: count }, (_, row) => {
    const logits = Array.from({ length: CLASSES }, (_, k) => z(row, k));
    return logits.indexOf(Math.max(...logits));
  });
  const images = tf.tensor4d(pixels, [count, SIDE, SIDE, 1]);
  const dual = (norm: Norm, a: number, b: number): number => {
    const d = Array.from({ length: SIZE }, (_, i) => Math.abs(w[i * CLASSES + a]! - w[i * CLASSES + b]!));
    return norm === 'Linf' ? d.reduce((s, v) => s + v, 0) : norm === 'L2' ? Math.hypot(...d) : Math.max(...d);
  };
  return {
    model: (x) => tf.matMul(tf.sub(tf.reshape(x, [-1, SIZE]), 0.5), weights),
    images,
    labels,
    distances: (norm) =>
      Array.from(labels, (y, row) =>
        Math.min(
          ...Array.from({ length: CLASSES }, (_, k) =>
            k === y ? Infinity : (z(row, y) - z(row, k)) / dual(norm, y, k),
          ),
        ),
      ),
    dispose: () => tf.dispose([weights, images]),
  };
}

/** The setting on tfjs's cpu backend, and its images as attacks take them. */
export async function linearBatch(count: number): Promise<{ setting: LinearSetting; batch: AttackBatch }> {
  await tf.setBackend('cpu');
  const setting = linearSetting(count);
  const images = (await setting.images.data()) as Float32Array;
  return { setting, batch: { images, labels: setting.labels, ids: Int32Array.from(setting.labels.keys()), count } };
}

/** What an attack on the setting is told. */
export function linearContext(
  setting: LinearSetting,
  norm: Norm,
  eps: number,
  more: Partial<AttackContext> = {},
): AttackContext {
  const model = new AttackedModel(setting.model, [SIDE, SIDE, 1]);
  return { model, norm, eps, seed: 0, stopEarly: false, warn: () => undefined, ...more };
}
