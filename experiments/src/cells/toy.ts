/**
 * The cell `toy`: the reference's demonstrations on points of the plane and the line. Small networks, what they do at
 * each beta, or before and after what is trained.
 */
import { count, oneOf, seed } from '@curvature-tuning/checks';
import { useBackend } from '@curvature-tuning/cli/cells';
import { replaceActivations } from '@curvature-tuning/layers';
import { applyLora } from '@curvature-tuning/lora-baseline';
import type { CellKind, Json } from '@curvature-tuning/sweep';
import * as tf from '@tensorflow/tfjs';
import { read } from './check.js';
import { normal, randomNumbers } from './random.js';

/** Points `[n, 1 or 2]` and what belongs to them: ±1, or a value. */
export interface Points {
  x: number[][];
  y: number[];
}

/** What a network says at one beta or after one method. */
interface Frame {
  readonly [key: string]: Json;
  name: string;
  /** On a grid of SIDE × SIDE points of [−1, 1]², row by row from below; or on SIDE_LINE points of the line. */
  field: number[];
  /** Accuracy, or the mean square. */
  score: number;
}

const SIDE = 41;
const SIDE_LINE = 161;
const BETAS = [1, 0.95, 0.9, 0.8, 0.7, 0.5];

/** Two arms of three turns, 1,024 points, noise, 16 % of the labels turned. */
function spiral(random: () => number): Points {
  const points: Points = { x: [], y: [] };
  for (let i = 0; i < 1024; i++) {
    const arm = i % 2;
    const t = Math.sqrt(random()) * 3 * 2 * Math.PI;
    const at = (f: typeof Math.cos): number => (f(t + arm * Math.PI) * t + 0.7 * normal(random)) / (6.4 * Math.PI);
    points.x.push([at(Math.cos), at(Math.sin)]);
    const label = arm === 0 ? -1 : 1;
    points.y.push(random() < 0.16 ? -label : label);
  }
  return points;
}

/** A disk in a ring, 180 points. */
function circles(random: () => number): Points {
  const points: Points = { x: [], y: [] };
  for (let i = 0; i < 180; i++) {
    const inner = i % 2 === 0;
    const radius = (inner ? 0.35 : 0.75) + 0.06 * normal(random);
    const angle = 2 * Math.PI * random();
    points.x.push([radius * Math.cos(angle), radius * Math.sin(angle)]);
    points.y.push(inner ? 1 : -1);
  }
  return points;
}

/** 30 points of a sine. */
function sine(random: () => number): Points {
  const x = Array.from({ length: 30 }, () => 2 * random() - 1).sort((a, b) => a - b);
  return { x: x.map((one) => [one]), y: x.map((one) => Math.sin(2 * Math.PI * one) + 0.05 * normal(random)) };
}

/** A demonstration: its points, and the network that is trained on them. */
export interface ToyTask {
  points: (random: () => number) => Points;
  widths: readonly number[];
  rate: number;
}

/** The demonstrations. */
export const TASKS: Readonly<Record<'spiral' | 'circles' | 'sine', ToyTask>> = {
  spiral: { points: spiral, widths: [20, 20], rate: 0.01 },
  circles: { points: circles, widths: [7], rate: 0.02 },
  sine: { points: sine, widths: [32, 32, 32, 32], rate: 0.003 },
};

/** A network of ReLUs with one output. */
export function mlp(inputs: number, widths: readonly number[], seed: number): tf.LayersModel {
  const input = tf.input({ shape: [inputs] });
  let x: tf.SymbolicTensor = input;
  widths.forEach((units, i) => {
    const kernelInitializer = tf.initializers.heNormal({ seed: seed + i });
    x = tf.layers.dense({ units, kernelInitializer, name: `dense${i}` }).apply(x) as tf.SymbolicTensor;
    x = tf.layers.reLU({ name: `relu${i}` }).apply(x) as tf.SymbolicTensor;
  });
  const kernelInitializer = tf.initializers.glorotNormal({ seed: seed + 99 });
  const y = tf.layers.dense({ units: 1, kernelInitializer, name: 'out' }).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: y });
}

/** Full batches, Adam: logistic loss of ±1, or the mean square. */
export function fit(
  model: tf.LayersModel,
  { x, y }: Points,
  { steps, rate, isLine, onStep }: { steps: number; rate: number; isLine: boolean; onStep: (step: number) => void },
): void {
  const [xs, ys] = [tf.tensor2d(x), tf.tensor1d(y)];
  const optimizer = tf.train.adam(rate);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  for (let step = 0; step < steps; step++) {
    const cost = optimizer.minimize(
      () => {
        const z = tf.reshape(model.apply(xs) as tf.Tensor, [-1]);
        return tf.mean(isLine ? tf.squaredDifference(z, ys) : tf.softplus(tf.neg(tf.mul(z, ys)))).asScalar();
      },
      false,
      variables,
    );
    cost?.dispose();
    onStep(step);
  }
  tf.dispose([xs, ys]);
  optimizer.dispose();
}

function frameOf(name: string, model: tf.LayersModel, { x, y }: Points): Frame {
  return tf.tidy(() => {
    const isLine = x[0]!.length === 1;
    const grid = isLine
      ? Array.from({ length: SIDE_LINE }, (_, i) => [(2 * i) / (SIDE_LINE - 1) - 1])
      : Array.from({ length: SIDE * SIDE }, (_, i) => [
          (2 * (i % SIDE)) / (SIDE - 1) - 1,
          (2 * Math.floor(i / SIDE)) / (SIDE - 1) - 1,
        ]);
    const field = Array.from((model.predict(tf.tensor2d(grid)) as tf.Tensor).dataSync(), (z) =>
      Number(z.toPrecision(3)),
    );
    const z = Array.from((model.predict(tf.tensor2d(x)) as tf.Tensor).dataSync());
    const right = z.filter((one, i) => one * y[i]! > 0).length / y.length;
    const square = z.reduce((sum, one, i) => sum + (one - y[i]!) ** 2, 0) / y.length;
    return { name, field, score: Number((isLine ? square : right).toPrecision(5)) };
  });
}

/**
 * `spiral`, `sine`: a network trained with ReLU, shown at every beta without further training. `circles`: trained, and
 * then trained on by LoRA of rank 1 or by T-CT, everything else frozen; ReLU itself is the control.
 */
export const toy: CellKind = {
  version: 1,
  cost: ({ steps }) => 2 + Number(steps) / 200,
  run: async (spec, { onProgress }) => {
    const {
      task,
      steps,
      seed: drawn,
    } = read('toy', { task: oneOf('spiral', 'circles', 'sine'), steps: count, seed }, spec);
    await useBackend('cpu');
    const { points: draw, widths, rate } = TASKS[task];
    const points = draw(randomNumbers(drawn));
    const isLine = task === 'sine';
    const model = mlp(points.x[0]!.length, widths, drawn);
    const total = task === 'circles' ? 3 * steps : steps;
    const options = (from: number): Parameters<typeof fit>[2] => ({
      ...{ steps, rate, isLine },
      onStep: (step) => onProgress((from + step) / total),
    });
    fit(model, points, options(0));
    const frames = [frameOf('ReLU', model, points)];
    if (task === 'circles') {
      const tct = replaceActivations(model, { beta: 0.8, coeff: 0.5, trainable: true }).model;
      tct.layers.forEach((layer) => (layer.trainable = layer.getClassName() === 'CTActivation'));
      fit(tct, points, options(steps));
      const lora = applyLora(model, { rank: 1, seed: drawn }).model;
      fit(lora, points, options(2 * steps));
      frames.push(frameOf('T-CT', tct, points), frameOf('LoRA, rank 1', lora, points));
    } else {
      for (const beta of BETAS.slice(1)) {
        const { model: steered } = replaceActivations(model, { beta, coeff: 0.5 });
        frames.push(frameOf(`β = ${beta}`, steered, points));
      }
    }
    return { points: points.x.map((x, i) => [...x, points.y[i]!].map((v) => Number(v.toPrecision(4)))), frames };
  },
};
