/** Kernels of cards that take beta and c as one tensor, and the step of Adam. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADAM, ctuOfPair, normalizeBatch, takesPairs } from '../src/index.js';
import type { UnitParameters } from '../src/index.js';
import '../src/kernels/webgl.js';
import '../src/kernels/webgpu.js';
import { phi, phiDbeta, phiDcoeff, phiDx } from '../src/math.js';
import { useFlags, WEBGL_1 } from './webglFlags.js';

/** Channels that divide by no vector, that do, and a single row. */
const SHAPES = [[5], [7, 3], [2, 5, 3, 8], [300, 6]];
const SLOW = 60_000;

describe.each(['webgpu', 'webgl'])('on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
    expect(takesPairs()).toBe(true);
  });

  it.each(SHAPES.map((shape) => [shape]))(
    'ctuOfPair and its gradients agree with float64 to 1e-6: %j',
    async (shape) => {
      await agrees(shape, 1e-6);
    },
    SLOW,
  );

  it(
    'a clipped and leaky unit agrees with float64 to 2e-6',
    async () => {
      await agrees([7, 3], 2e-6, { maxValue: 2, alpha: 0.1 });
    },
    SLOW,
  );

  it.each([[[7, 3]], [[40, 8]]])(
    'normalizeBatch gives with a pair what it gives with its rows, to 1e-6 of the largest: %j',
    async (shape) => {
      const channels = shape.at(-1)!;
      const { x, dy, beta, coeff } = drawn(shape);
      const [scale, offset] = [tf.fill([channels], 1.5) as tf.Tensor1D, tf.fill([channels], -0.2) as tf.Tensor1D];
      const run = (unit: UnitParameters): tf.Tensor[] =>
        tf.tidy(() => {
          const of = (u: UnitParameters): tf.Tensor =>
            normalizeBatch(x, { scale, offset, epsilon: 1e-3, unit: u }, { scale: false, unit: true });
          const names = Object.keys(unit);
          const gradients = tf.grads((...given: tf.Tensor[]) =>
            of(Object.fromEntries(names.map((name, i) => [name, given[i]!])) as UnitParameters),
          )(Object.values<tf.Tensor>(unit), dy);
          return [of(unit), gradients.length === 1 ? gradients[0]! : tf.stack(gradients)];
        });
      const [got, expected] = [run({ pair: tf.stack([beta, coeff]) as tf.Tensor2D }), run({ beta, coeff })];
      for (const [i, t] of got.entries()) {
        const [a, b] = [await t.data(), await expected[i]!.data()];
        const largest = Math.max(...b.map(Math.abs));
        a.forEach((v, k) => expect(Math.abs(v - b[k]!)).toBeLessThan(1e-6 * largest));
      }
    },
    SLOW,
  );

  it(
    'holds nothing over 20 calls and their gradients',
    () => {
      const { x, dy, beta, coeff } = drawn([7, 3]);
      const pair = tf.stack([beta, coeff]) as tf.Tensor2D;
      const gradient = tf.grads((x: tf.Tensor, pair: tf.Tensor) => ctuOfPair(x, pair as tf.Tensor2D));
      const call = (): void => tf.dispose(tf.tidy(() => gradient([x, pair], dy)));
      call();
      const count = (): object => ({ numTensors: tf.memory().numTensors, numDataIds: tf.backend().numDataIds() });
      const before = count();
      for (let i = 0; i < 20; i++) call();
      expect(count()).toEqual(before);
    },
    SLOW,
  );

  it('Adam agrees with float64 to 1e-6 over three steps', async () => {
    for (const shape of [[5], [2, 6]]) {
      const { x, dy: gradient } = drawn(shape);
      const g = await gradient.data();
      let [weights, first, second] = [x as tf.Tensor, tf.zeros(shape), tf.zeros(shape)];
      const exact = {
        w: Float64Array.from(await x.data()),
        m: new Float64Array(g.length),
        v: new Float64Array(g.length),
      };
      for (let t = 1; t <= 3; t++) {
        const [scale, correction] = [0.1 / (1 - 0.9 ** t), Math.sqrt(1 - 0.999 ** t)];
        [weights, first, second] = tf
          .engine()
          .runKernel(ADAM, { weights, gradient, first, second }, { scale, correction }) as unknown as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        g.forEach((gi, i) => {
          exact.m[i] = 0.9 * exact.m[i]! + 0.1 * gi;
          exact.v[i] = 0.999 * exact.v[i]! + 0.001 * gi ** 2;
          exact.w[i]! -= (scale * exact.m[i]!) / (Math.sqrt(exact.v[i]!) / correction + 1e-8);
        });
      }
      for (const [t, of] of [
        [weights, exact.w],
        [first, exact.m],
        [second, exact.v],
      ] as const)
        (await t.data()).forEach((v, i) => expect(Math.abs(v - of[i]!)).toBeLessThan(1e-6));
    }
  });
});

describe('on WebGL 1', () => {
  useFlags(WEBGL_1);
  it('ctuOfPair and its gradients agree with float64 to 1e-6', () => agrees([7, 3], 1e-6));
});

/** Inputs of a shape, drawn from a seed. */
function drawn(shape: number[]): Record<'x' | 'dy', tf.Tensor> & Record<'beta' | 'coeff', tf.Tensor1D> {
  const channels = shape.at(-1)!;
  return {
    x: tf.randomNormal(shape, 0, 1, 'float32', 1),
    dy: tf.randomUniform(shape, -1, 1, 'float32', 2),
    beta: tf.randomUniform([channels], 0.05, 0.95, 'float32', 3),
    coeff: tf.randomUniform([channels], 0, 1, 'float32', 4),
  };
}

/** |got − exact| / max(1, the sum of the terms' magnitudes) stays below the bound. */
async function agrees(shape: number[], bound: number, { maxValue = Infinity, alpha = 0 } = {}): Promise<void> {
  const { x, dy, beta, coeff } = drawn(shape);
  const pair = tf.stack([beta, coeff]) as tf.Tensor2D;
  const form = { maxValue, alpha };
  const [dx, dpair] = tf.grads((x: tf.Tensor, pair: tf.Tensor) => ctuOfPair(x, pair as tf.Tensor2D, form))(
    [x, pair],
    dy,
  );
  const y = ctuOfPair(x, pair, form);
  const [xs, dys, bs, cs] = await Promise.all([x, dy, beta, coeff].map((t) => t.data()));
  const channels = shape.at(-1)!;
  const of = (f: (x: number, b: number, c: number) => number, line: number, i: number): number => {
    const [b, c] = [bs![i % channels]!, cs![i % channels]!];
    const clipped = maxValue === Infinity ? 0 : f(xs![i]! - maxValue, b, c);
    return alpha * line + (1 - alpha) * (f(xs![i]!, b, c) - clipped);
  };
  (await y.data()).forEach((v, i) => expect(Math.abs(v - of(phi, xs![i]!, i)), `y ${i}`).toBeLessThan(bound));
  (await dx!.data()).forEach((v, i) => expect(Math.abs(v - dys![i]! * of(phiDx, 1, i)), `dx ${i}`).toBeLessThan(bound));
  const got = await dpair!.data();
  for (const [row, f] of [phiDbeta, phiDcoeff].entries())
    for (let k = 0; k < channels; k++) {
      let [sum, size] = [0, 1];
      for (let i = k; i < xs!.length; i += channels) {
        const term = dys![i]! * of(f, 0, i);
        sum += term;
        size += Math.abs(term);
      }
      expect(Math.abs(got[row * channels + k]! - sum) / size, `row ${row}, channel ${k}`).toBeLessThan(bound);
    }
  tf.dispose([x, dy, beta, coeff, pair, y, dx!, dpair!]);
}
