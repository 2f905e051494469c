import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freeInBackward } from './frugalBackward.js';

beforeAll(() => tf.setBackend('cpu'));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

type Loss = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;

/** Values and gradients of a loss in x and w, and the peak of bytes in the backward pass over those before. */
function gradients(loss: Loss, frugal: boolean): { values: number[]; peak: number } {
  return tf.tidy(() => {
    const [x, w] = [tf.randomNormal([40, 40], 0, 1, 'float32', 1), tf.randomNormal([40, 40], 0, 1, 'float32', 2)];
    const start = tf.memory().numBytes;
    let peak = 0;
    const note = (): void => void (peak = Math.max(peak, tf.memory().numBytes - start));
    const { value, grads } = tf.valueAndGrads((a, b) => {
      const found = tf.sum(loss(a!, b!));
      note();
      if (frugal) freeInBackward(note);
      return found as tf.Scalar;
    })([x, w]);
    return { values: [value, ...grads].flatMap((t) => [...t.dataSync()]), peak };
  });
}

/** Its own gradient, handed on as the very same tensor. */
const handOn = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: (dy) => dy }));
/** x + y, which gives the very same tensor to both. */
const sumOfBoth = tf.customGrad((x, y) => ({
  value: tf.add(x as tf.Tensor, y as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => [dy, dy],
}));
/** 2x + 2y, one tensor that was made for both. */
const twiceBoth = tf.customGrad((x, y) => ({
  value: tf.mul(tf.add(x as tf.Tensor, y as tf.Tensor), 2),
  gradFunc: (dy: tf.Tensor) => {
    const both = tf.mul(dy, 2);
    return [both, both];
  },
}));

describe('freeInBackward', () => {
  it.each<[string, Loss]>([
    ['a chain', (x, w) => tf.tanh(tf.matMul(tf.sigmoid(tf.matMul(x, w)), w))],
    ['a sum of branches', (x, w) => tf.add(tf.square(x), tf.add(tf.mul(x, w), tf.tanh(x)))],
    ['an operation on one tensor twice', (x, w) => tf.mul(tf.matMul(x, x), tf.add(w, w))],
    ['gradients that are handed on', (x, w) => tf.mul(handOn(handOn(tf.tanh(x))), handOn(w))],
    [
      'a gradient handed on beside another use',
      (x, w) => {
        const y = tf.tanh(x);
        return tf.add(tf.square(y), tf.mul(handOn(y), w));
      },
    ],
    ['one gradient for two inputs', (x, w) => tf.square(sumOfBoth(tf.tanh(x), tf.mul(w, sumOfBoth(x, w))))],
    ['a gradient made for two inputs', (x, w) => tf.square(twiceBoth(tf.tanh(x), tf.mul(w, twiceBoth(x, w))))],
    [
      'an operation with several outputs',
      (x, w) => {
        const [a, b] = tf.split(tf.matMul(x, w), 2) as [tf.Tensor, tf.Tensor];
        return tf.mul(tf.tanh(a), b);
      },
    ],
    ['an output that nobody uses', (x, w) => tf.split(tf.mul(x, w), 2)[1]!],
    ['reshapes', (x, w) => tf.reshape(tf.matMul(tf.reshape(tf.tanh(x), [20, 80]), tf.reshape(w, [80, 20])), [-1])],
    ['a loss that is its leaf', (x, w) => tf.add(x, tf.mul(w, 0))],
  ])('changes no bit of the value and the gradients: %s', (_, loss) => {
    expect(gradients(loss, true).values).toEqual(gradients(loss, false).values);
  });

  it('leaves tensors alone that a gradient hands out but that are others’', () => {
    const kept = tf.fill([40, 40], 3);
    const byOurs = tf.customGrad((x) => ({ value: tf.mul(x as tf.Tensor, 3), gradFunc: () => kept }));
    const values = gradients((x, w) => byOurs(tf.mul(x, w)), true).values;
    expect(kept.isDisposed).toBe(false);
    expect(values).toEqual(gradients((x, w) => tf.mul(tf.mul(x, w), 3), false).values);
    kept.dispose();
  });

  it('holds the peak of a long chain to that of its forward pass and three tensors', () => {
    const long: Loss = (x, w) => {
      let y = tf.mul(x, w);
      for (let i = 0; i < 50; i++) y = tf.tanh(y);
      return y;
    };
    const forward = gradients(long, false).peak;
    expect(gradients(long, true).peak).toBeLessThan(forward + 3 * 40 * 40 * 4);
  });

  it('does nothing under a gradient of a gradient: the second of x³ is 6x', () => {
    const cube = (x: tf.Tensor): tf.Tensor => {
      const value = tf.mul(x, tf.square(x));
      freeInBackward();
      return value;
    };
    const second = tf.tidy(() => tf.grad(tf.grad(cube))(tf.scalar(2)).dataSync()[0]);
    expect(second).toBeCloseTo(12, 5);
  });
});
