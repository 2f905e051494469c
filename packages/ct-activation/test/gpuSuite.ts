/** What the fused kernels of both GPU backends must do, whatever the browser or driver below. */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { ConformanceCase } from '../src/conformance.js';
import { conformanceCases, measureConformance } from '../src/conformance.js';
import { ctu } from '../src/index.js';
import type { CtuGradAttrs } from '../src/kernels/kernel.js';
import { CTU, CTU_GRAD } from '../src/kernels/kernel.js';
import { phi, phiDbeta, phiDcoeff, phiDx } from '../src/math.js';
import { onErringCard } from './cardArithmetic.js';
import { conformanceSuite } from './conformanceSuite.js';

/** The tests of one backend, which must be current when they run. `large` is the element count of the largest sums. */
export function gpuSuite({ bound, large }: { bound: number; large: number }): void {
  // Shaders are compiled for each shape, and a call takes milliseconds.
  conformanceSuite({ bound, draws: 30, calls: 50, extra: [0.5, 1].map(tails) });

  it(
    `agrees with float64 to ${bound.toExponential()} where quotients err by 2 units in the last place and exp(x) by ` +
      '3 + 2 |x|, as cards may',
    async () => {
      const slopes = (): Promise<number[]> => list(tf.grad((x: tf.Tensor) => ctu(x, 0.5))(tf.linspace(-9, 9, 99)));
      const here = await slopes();
      await onErringCard(async () => {
        expect(await slopes()).not.toEqual(here);
        const extremes = conformanceCases().filter(({ name }) => name.startsWith('extremes'));
        expect(extremes).not.toHaveLength(0);
        const wrong: string[] = [];
        for (const testCase of [...extremes, ...[0.5, 1].map(tails)])
          for (const { quantity, error } of await measureConformance(testCase))
            if (!(error < bound)) wrong.push(`${testCase.name}: ${quantity} ${error}`);
        expect(wrong).toEqual([]);
      });
    },
  );

  it('takes parameters as numbers, as tensors fresh from the CPU and as results on the GPU alike', async () => {
    const x = tf.randomNormal([3, 5], 0, 2, 'float32', 1);
    const onDevice = (v: number): tf.Tensor => tf.mul(tf.fill([1], v), tf.ones([1]));
    const fromNumbers = await list(ctu(x, 0.7, 0.3));
    expect(await list(ctu(x, tf.scalar(0.7), tf.scalar(0.3)))).toEqual(fromNumbers);
    (await list(ctu(x, onDevice(0.7), onDevice(0.3)))).forEach((v, i) => expect(v).toBeCloseTo(fromNumbers[i]!, 6));
  });

  it('keeps infinities and NaN apart that lie side by side, in y and in dx', async () => {
    const x = tf.tensor2d([-Infinity, NaN, Infinity, NaN, 0, -Infinity], [2, 3]);
    const y = await list(ctu(x, 0.5));
    expect(y[4]).toBeCloseTo(phi(0, 0.5, 0.5), 6);
    expect(y.with(4, 0)).toEqual([0, NaN, Infinity, NaN, 0, 0]);
    expect(await list(tf.grad((x: tf.Tensor) => ctu(x, 0.5))(x))).toEqual([0, NaN, 1, NaN, 0.5, 0]);
    expect(await list(ctu(x, 0, 1))).toEqual([-Infinity, NaN, Infinity, NaN, 0, -Infinity]);
  });

  it('passes NaN parameters and NaN or infinite dy on', async () => {
    const x = tf.tensor1d([-1, 0, 2, Infinity, -Infinity]);
    const allNaN = Array.from({ length: 5 }, () => NaN);
    expect(await list(ctu(x, tf.scalar(NaN)))).toEqual(allNaN);
    expect(await list(ctu(x, 0.5, tf.fill([5], NaN)))).toEqual(allNaN);
    const dx = await list(
      tf.grad((x: tf.Tensor) => ctu(x, 0.5))(tf.tensor1d([1, 1, -1]), tf.tensor1d([NaN, Infinity, 2])),
    );
    expect(dx.slice(0, 2)).toEqual([NaN, Infinity]);
    expect(dx[2]).toBeCloseTo(2 * phiDx(-1, 0.5, 0.5), 6);
  });

  it('leaves nothing in the padding of a matrix product with odd sizes', async () => {
    const [a, b] = [tf.randomNormal([3, 5], 0, 1, 'float32', 2), tf.randomNormal([5, 3], 0, 1, 'float32', 3)] as [
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const got = await list(tf.matMul(ctu(a, 0.5, 0), ctu(b, 0.5, 0)));
    const [av, bv] = [await list(a), await list(b)].map((values) => values.map((v) => phi(v, 0.5, 0))) as [
      number[],
      number[],
    ];
    got.forEach((g, i) => {
      const exact = [0, 1, 2, 3, 4].reduce((s, k) => s + av[5 * Math.floor(i / 3) + k]! * bv[3 * k + (i % 3)]!, 0);
      expect(Math.abs(g - exact)).toBeLessThan(1e-5);
    });
  });

  it(`sums dbeta and dcoeff down to suffixes of rank 2 and more, to ${bound.toExponential()}`, async () => {
    const shapes = [
      [
        [150, 2, 3, 5],
        [2, 3, 5],
        [3, 5],
      ],
      [[150, 2, 3, 5], [5], [2, 3, 5]],
      [
        [150, 3, 5],
        [150, 3, 5],
        [3, 5],
      ],
      [[2, 3, 2, 4, 7], [2, 4, 7], []],
    ] as [number[], number[], number[]][];
    for (const [shape, beta, coeff] of shapes) {
      const values = (of: number[], low: number, high: number, seed: number): ConformanceCase['x'] => ({
        shape: of,
        values: tf.tidy(() => tf.randomUniform(of, low, high, 'float32', seed).dataSync() as Float32Array),
      });
      const name = `[${shape.join(', ')}], beta [${beta.join(', ')}], coeff [${coeff.join(', ')}]`;
      const testCase: ConformanceCase = {
        name,
        x: values(shape, -4, 4, 1),
        beta: values(beta, 0.2, 0.95, 2),
        coeff: values(coeff, 0, 1, 3),
        dy: values(shape, -1, 1, 4),
      };
      for (const { quantity, error } of await measureConformance(testCase))
        expect(error, `${name}: ${quantity}`).toBeLessThan(bound);
    }
  });

  it(`sums dbeta and dcoeff over ${large} elements to 1e-5`, async () => {
    const channels = 4;
    // 1000 different values, so that the exact sums are cheap; of one sign, so that rounding cannot average out.
    const pattern = Float32Array.from({ length: 1000 }, (_, i) => 0.002 + 0.004 * i);
    const xs = Float32Array.from({ length: large }, (_, i) => pattern[i % 1000]!);
    const [x, dy] = [tf.tensor2d(xs, [large / channels, channels]), tf.ones([large / channels, channels])];
    for (const shape of [[], [channels]]) {
      const gradients = tf.tidy(() => {
        const [beta, coeff] = [tf.fill(shape, 0.9), tf.fill(shape, 0.25)];
        return tf.grads((b: tf.Tensor, c: tf.Tensor) => ctu(x, b, c))([beta, coeff], dy);
      });
      for (const [k, derivative] of [phiDbeta, phiDcoeff].entries()) {
        const exact = Array.from({ length: channels }, (_, c) =>
          pattern
            .filter((_, i) => i % channels === c)
            .reduce((s, v) => s + derivative(v, Math.fround(0.9), 0.25) * (large / 1000), 0),
        );
        const wanted = shape.length === 0 ? [exact.reduce((a, b) => a + b)] : exact;
        (await gradients[k]!.data()).forEach((got, c) =>
          expect(Math.abs(got / wanted[c]! - 1), `${['dbeta', 'dcoeff'][k]} ${shape.length}`).toBeLessThan(1e-5),
        );
      }
      gradients.forEach((g) => g.dispose());
    }
    [x, dy].forEach((t) => t.dispose());
  });

  it('gives empty results and zero gradients for an empty x, asked directly', async () => {
    const x = tf.zeros([0, 3]);
    const inputs = { x, beta: tf.fill([3], 0.5), coeff: tf.scalar(0.5) };
    expect(tf.engine().runKernel<tf.Tensor>(CTU, inputs).shape).toEqual([0, 3]);
    const attrs: CtuGradAttrs = { wrt: 'all' };
    const [dx, dbeta, dcoeff] = tf
      .engine()
      .runKernel<tf.Tensor[]>(CTU_GRAD, { dy: tf.zeros([0, 3]), ...inputs }, attrs);
    expect(dx!.shape).toEqual([0, 3]);
    expect(await list(dbeta!)).toEqual([0, 0, 0]);
    expect(await list(dcoeff!)).toEqual([0]);
  });

  it('leaks no tensor, no buffer and no byte, intermediates included', async () => {
    const shapes = [[], [7], [5, 7], [2, 3, 5, 7]];
    const x = tf.randomNormal([2, 3, 5, 7], 0, 1, 'float32', 4);
    const parameters = shapes.map((shape) => tf.mul(tf.fill(shape, 0.5), tf.ones(shape)));
    const use = async (): Promise<void> => {
      const results = tf.tidy(() =>
        parameters.flatMap((beta, i) => [
          ctu(x, beta),
          tf.grad((x: tf.Tensor) => ctu(x, beta, 0.5))(x),
          ...[i, 1].flatMap((j) =>
            tf.grads((x: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => ctu(x, b, c))([x, beta, parameters[j]!]),
          ),
        ]),
      );
      await Promise.all(results.map((t) => t.data()));
      results.forEach((t) => t.dispose());
    };
    const count = (): unknown => {
      const { numTensors, numDataBuffers, numBytes, ...gpu } = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number };
      return {
        numTensors,
        numDataBuffers,
        numBytes,
        numBytesInGPU: gpu.numBytesInGPU,
        numDataIds: tf.backend().numDataIds(),
      };
    };
    await use();
    const before = count();
    for (let i = 0; i < 3; i++) await use();
    expect(count()).toEqual(before);
  });
}

/**
 * Where exp(-beta·x/s) is small and x²·exp(-beta·x/s) large, so that what rounds in the exponent shows in dbeta.
 */
function tails(coeff: number): ConformanceCase {
  const x = Float32Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (300 + 331.7 * i));
  const scalar = (v: number): ConformanceCase['beta'] => ({ shape: [], values: Float32Array.of(v) });
  return {
    name: `tails at beta = 0.001, coeff = ${coeff}`,
    x: { shape: [60], values: x },
    beta: { shape: [60], values: new Float32Array(60).fill(0.001) },
    coeff: scalar(coeff),
    dy: { shape: [60], values: new Float32Array(60).fill(1) },
  };
}

/** The values of a tensor; adding 0 makes the two zeros one. WebGPU reads reliably only this way, not by `dataSync`. */
async function list(t: tf.Tensor): Promise<number[]> {
  return Array.from(await t.data(), (v) => v + 0);
}
