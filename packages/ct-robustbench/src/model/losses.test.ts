import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { LossName } from './losses.js';
import { lossGradient, lossValue, margin, predictedClass } from './losses.js';
import { goldenUnit } from '../../test/goldenUnit.js';

const { logits, y, y_target: targets, dlr, dlr_targeted, ce } = goldenUnit().losses;
const z = Float32Array.from(logits.data);
const expected: [LossName, number[]][] = [
  ['ce', ce],
  ['dlr', dlr],
  ['dlr-targeted', dlr_targeted],
];

describe('losses', () => {
  for (const [name, values] of expected) {
    it(`${name} equals the original's to 1e-5`, () => {
      values.forEach((value, row) =>
        expect(
          Math.abs(lossValue(name, z.subarray(10 * row, 10 * row + 10), y[row]!, targets[row]!) - value),
        ).toBeLessThan(1e-5),
      );
    });

    for (const backend of ['cpu', 'wasm']) {
      it(`the derivative of ${name} equals differences of its values to 2e-3 of its size, on ${backend}`, async () => {
        await tf.setBackend(backend);
        const gradient = tf.tidy(() =>
          lossGradient(
            name,
            Int32Array.from(y),
            Int32Array.from(targets),
          )(tf.tensor2d(z, [6, 10]), Int32Array.from([0, 1, 2, 3, 4, 5])),
        );
        const g = await gradient.data();
        gradient.dispose();
        const h = 1e-3;
        for (let i = 0; i < z.length; i++) {
          const row = Math.floor(i / 10);
          const at = (shift: number): number => {
            const moved = z.slice();
            moved[i]! += shift;
            return lossValue(name, moved.subarray(10 * row, 10 * row + 10), y[row]!, targets[row]!);
          };
          expect(Math.abs(g[i]! - (at(h) - at(-h)) / (2 * h)), `logit ${i}`).toBeLessThan(
            2e-3 * Math.max(1, ...g.map(Math.abs)),
          );
        }
      });
    }
  }

  it('a NaN logit predicts no class and has a NaN margin', () => {
    const row = Float32Array.from([1, NaN, 3]);
    expect(predictedClass(row, 0, 3)).toBe(-1);
    expect(margin(row, 0, 3, 2)).toBeNaN();
  });

  it('the first of equal logits is predicted', () => {
    expect(predictedClass(Float32Array.from([1, 3, 3]), 0, 3)).toBe(1);
  });
});
