/**
 * The cell `film`: the reference's animations in frames. Small networks of `toy`, at every beta in small steps, or
 * step by step while T-CT or LoRA trains.
 */
import { count, oneOf, seed } from '@curvature-tuning/checks';
import { useBackend } from '@curvature-tuning/cli/cells';
import { replaceActivations } from '@curvature-tuning/layers';
import { applyLora } from '@curvature-tuning/lora-baseline';
import type { CellKind } from '@curvature-tuning/sweep';
import * as tf from '@tensorflow/tfjs';
import { read } from './check.js';
import { randomNumbers } from './random.js';
import { fit, mlp, TASKS } from './toy.js';

/** Of the plane [−1, 1]², row by row from below; of the line. */
const SIDE = 33;
const SIDE_LINE = 121;
/** From ReLU to a beta of 0.5. */
const BETAS = Array.from({ length: 26 }, (_, i) => (100 - 2 * i) / 100);
/** Pictures of a training. */
const PICTURES = 16;

/** A value of a plane as one byte: 127 · tanh(z), of which the boundary is the zero. */
function planeOf(model: tf.LayersModel): string {
  const grid = Array.from({ length: SIDE * SIDE }, (_, i) => [
    (2 * (i % SIDE)) / (SIDE - 1) - 1,
    (2 * Math.floor(i / SIDE)) / (SIDE - 1) - 1,
  ]);
  const field = Int8Array.from(valuesAt(model, grid), (z) => Math.round(127 * Math.tanh(z)));
  return Buffer.from(field.buffer).toString('base64');
}

function lineOf(model: tf.LayersModel): number[] {
  const grid = Array.from({ length: SIDE_LINE }, (_, i) => [(2 * i) / (SIDE_LINE - 1) - 1]);
  return Array.from(valuesAt(model, grid), (z) => Number(z.toPrecision(3)));
}

function valuesAt(model: tf.LayersModel, grid: number[][]): Float32Array {
  return tf.tidy(() => (model.predict(tf.tensor2d(grid)) as tf.Tensor).dataSync<'float32'>());
}

/**
 * `spiral`, `sine`: trained with ReLU, then a frame at each beta. `circles`: trained, frozen, and a frame of T-CT and
 * of LoRA of rank 1 whenever another sixteenth of their training is done; the network itself is the first of each.
 */
export const film: CellKind = {
  version: 1,
  cost: ({ steps }) => 4 + Number(steps) / 200,
  run: async (spec, { onProgress }) => {
    const entries = { task: oneOf('spiral', 'circles', 'sine'), steps: count, seed };
    const { task, steps, seed: drawn } = read('film', entries, spec);
    await useBackend('cpu');
    const { points: draw, widths, rate } = TASKS[task];
    const points = draw(randomNumbers(drawn));
    const isLine = task === 'sine';
    const model = mlp(points.x[0]!.length, widths, drawn);
    fit(model, points, { steps, rate, isLine, onStep: (step) => onProgress(step / (3 * steps)) });
    const shown = points.x.map((x, i) => [...x, points.y[i]!].map((v) => Number(v.toPrecision(4))));
    if (task !== 'circles') {
      const fields = BETAS.map((beta) => {
        const at = beta === 1 ? model : replaceActivations(model, { beta, coeff: 0.5 }).model;
        return isLine ? lineOf(at) : planeOf(at);
      });
      return { points: shown, names: BETAS.map((beta) => `β = ${beta.toFixed(2)}`), fields: [fields] };
    }
    const trained = (adapted: tf.LayersModel): string[] => {
      const frames = [planeOf(adapted)];
      const every = Math.floor(steps / PICTURES);
      const onStep = (step: number): void => {
        if (frames.length <= PICTURES && (step + 1) % every === 0) frames.push(planeOf(adapted));
      };
      fit(adapted, points, { steps, rate, isLine, onStep });
      return frames;
    };
    const curved = replaceActivations(model, { beta: 0.8, coeff: 0.5, trainable: true }).model;
    curved.layers.forEach((layer) => (layer.trainable = layer.getClassName() === 'CTActivation'));
    const given = planeOf(model);
    const tct = trained(curved);
    onProgress(2 / 3);
    const lora = trained(applyLora(model, { rank: 1, seed: drawn }).model);
    const names = tct.map((_, i) => `step ${i * Math.floor(steps / PICTURES)}`);
    return { points: shown, names, fields: [tct.map(() => given), tct, lora] };
  },
};
