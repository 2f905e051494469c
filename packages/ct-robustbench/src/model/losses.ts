/**
 * The losses that the attacks climb: their values in double precision, and their derivatives in the logits.
 *
 *     CE(z, y)     = log Σₖ exp(zₖ) − z_y
 *     DLR(z, y)    = −(z_y − max_{k≠y} zₖ) / (z₍₁₎ − z₍₃₎ + 1e-12)
 *     DLR(z, y, t) = −(z_y − z_t) / (z₍₁₎ − (z₍₃₎ + z₍₄₎)/2 + 1e-12)
 *
 * with z₍₁₎ ≥ z₍₂₎ ≥ … the sorted logits. DLR does not change when the logits are scaled or shifted.
 *
 * Source: Croce & Hein 2020, arXiv 2003.01690, section 4.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import {
  add,
  cast,
  div,
  mul,
  oneHot,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  tensor2d,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';
import type { LogitGradient } from './attackedModel.js';

/** Cross-entropy, difference of logits ratio, and its targeted variant. */
export type LossName = 'ce' | 'dlr' | 'dlr-targeted';

/** Keeps the ratios finite, as in the original. */
const TINY = 1e-12;

/** The value of a loss for the logits of one image. */
export function lossValue(name: LossName, z: Float32Array, label: number, target: number): number {
  const classes = z.length;
  const own = z[label]!;
  if (name === 'ce') {
    let largest = -Infinity;
    for (let k = 0; k < classes; k++) largest = Math.max(largest, z[k]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(z[k]! - largest);
    return largest + Math.log(sum) - own;
  }
  const sorted = z.slice().sort().reverse();
  if (name === 'dlr') {
    const other = own === sorted[0] && predictedClass(z, 0, classes) === label ? sorted[1]! : sorted[0]!;
    return -(own - other) / (sorted[0]! - sorted[2]! + TINY);
  }
  return -(own - z[target]!) / (sorted[0]! - 0.5 * (sorted[2]! + sorted[3]!) + TINY);
}

/** z_y − max_{k≠y} zₖ: positive where the image is classified correctly. */
export function margin(z: Float32Array, offset: number, classes: number, label: number): number {
  let other = -Infinity;
  for (let k = 0; k < classes; k++) {
    // Not Math.max: a NaN must not pass for a margin.
    if (k !== label && !(z[offset + k]! <= other)) other = z[offset + k]!;
  }
  return z[offset + label]! - other;
}

/** The class with the largest logit, the first on ties; −1 where a logit is NaN. */
export function predictedClass(z: Float32Array, offset: number, classes: number): number {
  let best = 0;
  for (let k = 0; k < classes; k++) {
    const value = z[offset + k]!;
    if (Number.isNaN(value)) return -1;
    if (value > z[offset + best]!) best = k;
  }
  return best;
}

/** The classes of one row in the order of falling logits. */
export function rankedClasses(z: Float32Array, offset: number, classes: number): number[] {
  return Array.from({ length: classes }, (_, k) => k).sort((a, b) => z[offset + b]! - z[offset + a]! || a - b);
}

/** The derivative of the summed loss in the logits; `labels` and `targets` are indexed by the attack's rows. */
export function lossGradient(name: LossName, labels: Int32Array, targets: Int32Array | undefined): LogitGradient {
  return (z, rows) =>
    tidy(() => {
      const classes = z.shape[1];
      const own = rowsOfOnes(labels, rows, classes);
      if (name === 'ce') return sub<Tensor2D>(softmax(z), own);
      const { values, indices } = topk(z, name === 'dlr' ? 3 : 4);
      // Cast afterwards: tfjs-backend-wasm writes the bits of whole numbers when OneHot is asked for float32.
      const place = (k: number): Tensor2D =>
        cast(oneHot(reshape(slice(indices, [0, k], [-1, 1]), [-1]), classes), 'float32') as Tensor2D;
      const value = (k: number): Tensor => slice(values, [0, k], [-1, 1]);
      const first = place(0);
      let other: Tensor;
      let spread: Tensor;
      let spreadGradient: Tensor;
      if (name === 'dlr') {
        // 1 where the label is on top: the largest other logit is then the second.
        const onTop = sum(mul(first, own), 1, true);
        other = add(first, mul(onTop, sub(place(1), first)));
        spread = add(sub(value(0), value(2)), TINY);
        spreadGradient = sub(first, place(2));
      } else {
        other = rowsOfOnes(targets!, rows, classes);
        spread = add(sub(value(0), mul(0.5, add(value(2), value(3)))), TINY);
        spreadGradient = sub(first, mul(0.5, add(place(2), place(3))));
      }
      const direction = sub(own, other);
      const ratio = div(sum(mul(z, direction), 1, true), spread);
      return div<Tensor2D>(sub(mul(ratio, spreadGradient), direction), spread);
    });
}

/** The derivative of Σ (z_target − z_label): what FAB's linear model of the boundary is made of. */
export function logitDifferenceGradient(labels: Int32Array, targets: Int32Array): LogitGradient {
  return (z, rows) =>
    tidy(() => sub<Tensor2D>(rowsOfOnes(targets, rows, z.shape[1]), rowsOfOnes(labels, rows, z.shape[1])));
}

function rowsOfOnes(classOf: Int32Array, rows: Int32Array, classes: number): Tensor2D {
  const values = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => (values[i * classes + classOf[row]!] = 1));
  return tensor2d(values, [rows.length, classes]);
}
