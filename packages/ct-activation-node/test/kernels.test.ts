import { CTU, CTU_GRAD, ctu, ctuKernels } from '@curvature-tuning/activation';
import type { ConformanceCase, Values } from '@curvature-tuning/activation/conformance';
import { conformanceCases, measureConformance } from '@curvature-tuning/activation/conformance';
import { phiDbeta, phiDcoeff } from '@curvature-tuning/activation/math';
import * as tf from '@tensorflow/tfjs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needsSetUp, requireTfjsNode, setUpState } from './setUpState.js';

interface Grid {
  x: number[];
  cases: { beta: number; c: number; y: number[]; dx: number[]; dbeta: number[]; dc: number[] }[];
}
const grid = JSON.parse(readFileSync(new URL('./golden/ctu_grid.json', import.meta.url), 'utf8')) as Grid;

const gradsOf = (inputs: tf.Tensor[], dy?: tf.Tensor): tf.Tensor[] =>
  tf.grads((...[x, b, c]: tf.Tensor[]) => ctu(x!, b!, c))(inputs, dy);

/** Milliseconds for tests that take seconds by themselves. */
const SLOW = 180_000;

describe.skipIf(setUpState === undefined)(`ctu on tensorflow, native (${needsSetUp})`, () => {
  beforeAll(async () => {
    requireTfjsNode();
    await import('../src/index.js');
    expect(await tf.setBackend('tensorflow')).toBe(true);
    expect(ctuKernels()['tensorflow']).toBe('fused');
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.engine().startScope();
  });
  afterAll(() => tf.engine().endScope());

  it('says how the kernels run', async () => {
    const { nodeKernels } = await import('../src/index.js');
    const { tensorflow, isa, cuda, library } = nodeKernels();
    expect({ tensorflow, library }).toEqual({ tensorflow: setUpState!.tensorflow, library: setUpState!.library });
    expect(['avx512', 'avx2', 'baseline']).toContain(isa);
    expect(cuda).toMatch(/^ready$|libcuda\.so\.1/);
  });

  it('agrees with 50-digit arithmetic to 1e-6 · max(1, |exact|) in y, dx, dbeta and dc, beta = 1 included', () => {
    for (const row of grid.cases) {
      const x = tf.tensor1d(grid.x);
      const [beta, c] = [row.beta, row.c].map((v) => tf.fill([grid.x.length], v)) as [tf.Tensor, tf.Tensor];
      const [dx, dbeta, dc] = gradsOf([x, beta, c]);
      for (const [name, got] of Object.entries({ y: ctu(x, beta, c), dx, dbeta, dc })) {
        got!.dataSync().forEach((g, i) => {
          const exact = row[name as 'y' | 'dx' | 'dbeta' | 'dc'][i]!;
          expect(Math.abs(g - exact), `${name} at x=${grid.x[i]}, beta=${row.beta}, c=${row.c}`).toBeLessThanOrEqual(
            1e-6 * Math.max(1, Math.abs(exact)),
          );
        });
      }
    }
  });

  for (const testCase of [...conformanceCases(), ...moreCases()]) {
    it(`conforms to float64 to 1e-6: ${testCase.name}`, async () => {
      for (const { quantity, error } of await measureConformance(testCase)) expect(error, quantity).toBeLessThan(1e-6);
    });
  }

  // As far as |x| = 50, beyond the table: an exponential of −v is off by v times as much as v.
  it(
    'agrees with float64 to 2e-6 for shapes, parameters, |x| <= 50 and |dy| <= 1 drawn from seed 1',
    async () => {
      const value = fc.float({ min: -50, max: 50, noNaN: true });
      const unit = fc.float({ min: 0, max: 1, noNaN: true });
      const shapes = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 4 });
      const rank = fc.integer({ min: 0, max: 4 });
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.infiniteStream(value),
          fc.infiniteStream(unit),
          rank,
          rank,
          async (shape, values, units, betaRank, coeffRank) => {
            const take = (stream: Iterator<number>, s: number[]): Values => ({
              shape: s,
              values: Float32Array.from({ length: tf.util.sizeFromShape(s) }, () => stream.next().value as number),
            });
            const suffix = (rank: number): number[] => shape.slice(Math.max(0, shape.length - rank));
            const drawn = {
              name: '',
              x: take(values, shape),
              beta: take(units, suffix(betaRank)),
              coeff: take(units, suffix(coeffRank)),
              dy: { shape, values: take(units, shape).values.map((u) => 2 * u - 1) },
            };
            for (const { quantity, error } of await measureConformance(drawn))
              expect(error, quantity).toBeLessThan(2e-6);
          },
        ),
        { numRuns: 100, seed: 1 },
      );
    },
    SLOW,
  );

  it(
    'sums dbeta and dcoeff over 10,000,000 elements to a relative 1e-6',
    () => {
      const pattern = Float32Array.from({ length: 1000 }, (_, i) => 4 * Math.sin(i));
      const repeats = 10_000;
      const values = new Float32Array(pattern.length * repeats);
      for (let k = 0; k < repeats; k++) values.set(pattern, k * pattern.length);
      const x = tf.tensor1d(values);
      // At these parameters all terms of a sum have the same sign.
      for (const [beta, coeff] of [
        [0.6, 0],
        [0.3, 0.5],
      ] as const) {
        const [b, c] = [beta, coeff].map(Math.fround) as [number, number];
        const exact = [phiDbeta, phiDcoeff].map((f) => repeats * pattern.reduce((sum, xi) => sum + f(xi, b, c), 0));
        const sums = tf.tidy(() =>
          gradsOf([x, tf.scalar(beta), tf.scalar(coeff)])
            .slice(1)
            .map((t) => t.dataSync()[0]!),
        );
        sums.forEach((sum, k) => expect(Math.abs(sum / exact[k]! - 1)).toBeLessThan(1e-6));
      }
    },
    SLOW,
  );

  it('gives the same bits on every run, however threads take turns', () => {
    const [x, dy] = [
      tf.randomNormal([64, 28, 28, 3], 0, 2, 'float32', 1),
      tf.randomNormal([64, 28, 28, 3], 0, 1, 'float32', 2),
    ];
    const inputs = [x, tf.tensor1d([0.1, 0.5, 1]), tf.scalar(0.3)];
    const bits = (): string[] =>
      tf.tidy(() =>
        [ctu(inputs[0]!, inputs[1]!, inputs[2]), ...gradsOf(inputs, dy)].map((t) =>
          createHash('sha256').update(t.dataSync()).digest('hex'),
        ),
      );
    const first = bits();
    for (let i = 0; i < 5; i++) expect(bits()).toEqual(first);
  });

  it(
    'holds its tensors and its memory (32 MB) over 10,000 calls',
    () => {
      const x = tf.randomNormal([64, 70]);
      const inputs = [x, tf.fill([70], 0.5), tf.scalar(0.5)] as const;
      const calls = (count: number): void => {
        for (let i = 0; i < count; i += 3) {
          ctu(...inputs).dispose();
          tf.dispose(gradsOf([...inputs]));
          tf.dispose(tf.grad((x) => ctu(x, inputs[1], inputs[2]))(x));
        }
      };
      const collect = (globalThis as { gc?: () => void }).gc ?? ((): void => {});
      calls(3000);
      collect();
      const before = {
        tensors: tf.memory().numTensors,
        buffers: tf.memory().numDataBuffers,
        rss: process.memoryUsage().rss,
      };
      calls(10_000);
      collect();
      expect({ tensors: tf.memory().numTensors, buffers: tf.memory().numDataBuffers }).toEqual({
        tensors: before.tensors,
        buffers: before.buffers,
      });
      // One leaked output of 18 KB a call would be 180 MB.
      expect(process.memoryUsage().rss - before.rss).toBeLessThan(32 * 2 ** 20);
    },
    SLOW,
  );

  it('differentiates twice, through stock ops', () => {
    const x = tf.tensor1d([-1, 0.5, 2]);
    const second = tf.grad((x) => tf.sum(tf.grad((x) => ctu(x, 0.6, 0.5))(x)))(x);
    const h = 1e-2;
    const slope = (x: tf.Tensor): tf.Tensor => tf.grad((x) => ctu(x, 0.6, 0.5))(x);
    const numeric = tf.div(tf.sub(slope(tf.add(x, h)), slope(tf.sub(x, h))), 2 * h).dataSync();
    second.dataSync().forEach((s, i) => expect(Math.abs(s - numeric[i]!)).toBeLessThan(1e-3));
  });

  it.each([
    { x: [2, 4], beta: [3], coeff: [], says: ['beta [3]', 'x [2,4]'] },
    { x: [2, 4], beta: [2, 1], coeff: [], says: ['beta [2,1]', 'x [2,4]'] },
    { x: [4], beta: [], coeff: [2, 4], says: ['coeff [2,4]', 'x [4]'] },
    { x: [], beta: [1], coeff: [], says: ['beta [1]', 'x []'] },
    { x: [2, 0], beta: [3], coeff: [], says: ['beta [3]', 'x [2,0]'] },
  ])('refuses parameters $beta and $coeff for x $x with both shapes in the error', ({ x, beta, coeff, says }) => {
    const inputs = { x: tf.zeros(x), beta: tf.zeros(beta), coeff: tf.zeros(coeff) };
    for (const run of [
      (): unknown => tf.engine().runKernel(CTU, inputs),
      (): unknown => tf.engine().runKernel(CTU_GRAD, { ...inputs, dy: tf.zeros(x) }, { wrt: 'all' }),
      (): unknown => tf.engine().runKernel(CTU_GRAD, { ...inputs, dy: tf.zeros(x) }, { wrt: 'x' }),
    ]) {
      for (const part of says) expect(run).toThrow(part);
    }
  });

  it('refuses a dy of another shape with both shapes in the error', () => {
    const inputs = { dy: tf.zeros([4, 2]), x: tf.zeros([2, 4]), beta: tf.scalar(0), coeff: tf.scalar(0) };
    for (const wrt of ['x', 'all'])
      for (const part of ['dy [4,2]', 'x [2,4]'])
        expect(() => tf.engine().runKernel(CTU_GRAD, inputs, { wrt })).toThrow(part);
  });

  it('refuses what is not float32 by name', () => {
    expect(() => ctu(tf.tensor1d([1], 'int32'), 0.5)).toThrow('ctu: x must be float32, got int32; cast it first');
    expect(() =>
      tf.engine().runKernel(CTU, { x: tf.zeros([1], 'int32'), beta: tf.scalar(0), coeff: tf.scalar(0) }),
    ).toThrow('Ctu: the native kernels take float32, got int32; cast it first');
  });

  it('takes tensors without elements straight from the kernel contract', () => {
    for (const [shape, suffix] of [
      [[0, 3], [3]],
      [[3, 0], [0]],
      [[0], []],
    ] as const) {
      const inputs = {
        dy: tf.zeros([...shape]),
        x: tf.zeros([...shape]),
        beta: tf.zeros([...suffix]),
        coeff: tf.zeros([...suffix]),
      };
      expect(tf.engine().runKernel<tf.Tensor>(CTU, inputs).shape).toEqual(shape);
      const [dx, dbeta, dcoeff] = tf.engine().runKernel<tf.Tensor[]>(CTU_GRAD, inputs, { wrt: 'all' });
      expect(dx!.shape).toEqual(shape);
      for (const sum of [dbeta!, dcoeff!]) expect(Array.from(sum.dataSync())).toEqual(Array<number>(sum.size).fill(0));
    }
  });
});

/** Cases longer than a tile and than a unit of the passes, and NaN elsewhere than in x. */
function moreCases(): ConformanceCase[] {
  const make = (name: string, shape: number[], betaShape: number[], coeffShape: number[]): ConformanceCase => {
    const fill = (s: number[], f: (t: number) => number): Values => ({
      shape: s,
      values: Float32Array.from({ length: tf.util.sizeFromShape(s) }, (_, i) => f(Math.sin(i) * 0.5 + 0.5)),
    });
    return {
      name,
      x: fill(shape, (t) => 8 * t - 4),
      beta: fill(betaShape, (t) => 0.02 + 0.96 * t),
      coeff: fill(coeffShape, (t) => t),
      dy: fill(shape, (t) => 2 * t - 1),
    };
  };
  return [
    make('257 channels', [9, 257], [257], [257]),
    make('1,024 channels', [70, 1024], [1024], [1024]),
    make('20,001 channels', [3, 20_001], [20_001], [20_001]),
    make('beta per channel, coeff per row and channel', [2, 401, 51], [51], [401, 51]),
    make('scalar beta, coeff per element', [40_003], [], [40_003]),
    make('[8, 33, 33, 65], per channel', [8, 33, 33, 65], [65], [65]),
    withNaN(make('NaN in beta stays in its channel', [5, 7], [7], [7]), 'beta'),
    withNaN(make('NaN in coeff stays in its channel', [5, 7], [7], [7]), 'coeff'),
    withNaN(make('NaN in dy stays in its element', [5, 7], [5, 7], [5, 7]), 'dy'),
  ];
}

function withNaN(testCase: ConformanceCase, where: 'beta' | 'coeff' | 'dy'): ConformanceCase {
  testCase[where].values[3] = NaN;
  return testCase;
}
