import '@tensorflow/tfjs';
import { setBackend, tensor1d, scalar } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { formGradients, formValue } from './composedForm.js';
import { PLAIN } from './unitForm.js';

beforeAll(() => setBackend('cpu'));

const x = tensor1d([-2, 0.5, 3]);
const beta = scalar(0.5);

it('of phi itself are what they are given, and no op more', () => {
  expect(formValue(x, beta, PLAIN, (z) => z)).toBe(x);
  const gradients = [tensor1d([1, 2, 3]), scalar(4), scalar(5)];
  expect(formGradients({ dy: x, x, beta }, PLAIN, () => gradients)).toEqual(gradients);
});

it('clip and leak as the equation says, here with the square for phi, to 1e-6', () => {
  const form = { maxValue: 2, alpha: 0.25 };
  const squares = formValue(x, beta, form, (z) => z.square()).dataSync();
  [...x.dataSync()].forEach((v, i) => expect(squares[i]).toBeCloseTo(0.25 * v + 0.75 * (v ** 2 - (v - 2) ** 2), 6));
  const [dx, dbeta] = formGradients({ dy: tensor1d([1, 1, 2]), x, beta }, form, (dy, z) => [
    z.mul(2).mul(dy),
    dy.sum(),
  ]);
  // 2z − 2(z − 2) = 4
  [1, 1, 2].forEach((dy, i) => expect(dx!.dataSync()[i]).toBeCloseTo(dy * (0.25 + 0.75 * 4), 6));
  expect(dbeta!.dataSync()[0]).toBeCloseTo(0, 6);
});
