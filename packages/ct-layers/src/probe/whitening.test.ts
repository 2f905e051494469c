import '@tensorflow/tfjs-backend-cpu';
import { concat, fill, matMul, memory, ones, randomNormal, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { Random } from '../examples/random.js';
import { whitening } from './whitening.js';

const features = (examples: number, rows: number): Tensor2D =>
  tidy(() => {
    const mixing = randomNormal([rows - 1, rows - 1], 0, 1, 'float32', 3) as Tensor2D;
    const x = matMul<Tensor2D>(randomNormal([examples, rows - 1], 0, 1, 'float32', 2) as Tensor2D, mixing);
    return concat<Tensor2D>([x, ones<Tensor2D['rankType']>([examples, 1])], 1);
  });

it('goes to and fro to 1e-9, and takes gradients along: u·d/du = w·d/dw to 1e-9', async () => {
  const x = features(50, 7);
  const before = memory().numTensors;
  const change = (await whitening(x, 3, 0.01))!;
  expect(memory().numTensors).toBe(before);
  const random = new Random(4);
  const [w, g] = [random.uniform(21, 1), random.uniform(21, 1)].map((values) => Float64Array.from(values));
  const u = change.whiten(w!);
  change.unwhiten(u).forEach((value, i) => expect(Math.abs(value - w![i]!)).toBeLessThan(1e-9));
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  expect(Math.abs(dot(u, change.whitenGradient(g!)) - dot(w!, g!))).toBeLessThan(1e-9);
  x.dispose();
});

it('u·u is wᵀ·(0.09·XᵀX/n + λI)·w, to 1e-5 of it, where the constant feature is not penalised', async () => {
  const x = features(40, 5);
  const [w] = [Float64Array.from(new Random(1).uniform(5, 1))];
  const u = (await whitening(x, 1, 0.02))!.whiten(w!);
  const values = await x.data();
  let expected = 0;
  for (let row = 0; row < 40; row++) {
    let product = 0;
    for (let i = 0; i < 5; i++) product += values[5 * row + i]! * w![i]!;
    expected += (0.09 * product ** 2) / 40;
  }
  for (let i = 0; i < 4; i++) expected += 0.02 * w![i]! ** 2;
  expect(Math.abs(u.reduce((sum, value) => sum + value * value, 0) / expected - 1)).toBeLessThan(1e-5);
  x.dispose();
});

it('has no factor where features are not numbers', async () => {
  const x = fill<Tensor2D['rankType']>([3, 2], NaN);
  expect(await whitening(x, 1, 0.1)).toBeUndefined();
  x.dispose();
});
