import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hosts, pretend } from '../test/hosts.js';
import { error, waves } from '../test/reference.js';
import './index.js';

// The bounds are of float32 sums, which cancel more in rare draws: every run draws the same.
fc.configureGlobal({ seed: 1 });

const SLOW = 120_000;

/** Runs `f` on the cpu backend and on wasm; the results with their shapes and types. */
async function onBoth(
  f: () => tf.Tensor,
): Promise<{ got: tf.Tensor; exact: ArrayLike<number>; like: { shape: number[]; dtype: tf.DataType } }> {
  await tf.setBackend('cpu');
  const onCpu = tf.tidy(f);
  const [exact, like] = [onCpu.dataSync(), { shape: onCpu.shape, dtype: onCpu.dtype }];
  onCpu.dispose();
  await tf.setBackend('wasm');
  return { got: f(), exact, like };
}

async function expectAsOnCpu(f: () => tf.Tensor, bound: number): Promise<void> {
  const { got, exact, like } = await onBoth(f);
  expect(got.shape).toEqual(like.shape);
  expect(got.dtype).toBe(like.dtype);
  expect(error(got.dataSync(), exact)).toBeLessThanOrEqual(bound);
  got.dispose();
}

/** A tensor of any type; tf.cast to bool keeps numbers other than 0 and 1 on wasm. */
function typed(x: tf.Tensor, dtype: 'float32' | 'int32' | 'bool'): tf.Tensor {
  return dtype === 'bool' ? tf.greater(x, 0) : tf.cast(x, dtype);
}

const shapes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 0, maxLength: 5 });

beforeAll(() => tf.setBackend('cpu'));

describe.each(hosts)('the kernels in front of those of tfjs: $title', (host) => {
  beforeAll(() => pretend(host));
  beforeAll(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.engine().startScope();
  });
  afterAll(() => {
    tf.engine().endScope();
    vi.restoreAllMocks();
  });

  it.each(['sum', 'mean'] as const)(
    '%s agrees with cpu to 1e-6 of the largest entry for drawn shapes and axes',
    async (op) => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.infiniteStream(fc.boolean()), fc.boolean(), async (shape, coins, keepDims) => {
          const axes = shape.flatMap((_, axis) => (coins.next().value ? [axis] : []));
          // The mean of nothing is NaN on both, which the comparison does not take.
          fc.pre(op === 'sum' || !shape.includes(0));
          await expectAsOnCpu(() => tf[op](tf.add(waves(shape, 1), 1), axes, keepDims), 1e-6);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it('sums columns and rows of all lengths to 1e-6', async () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 15],
      [64, 16],
      [65, 17],
      [130, 33],
      [5, 2049],
      [2, 5000],
      [1, 1025],
      [7, 1040],
    ] as const) {
      const x = (): tf.Tensor => tf.add(waves([2, rows, columns], 1), 1);
      for (const axis of [0, 1, 2]) await expectAsOnCpu(() => tf.sum(x(), axis), 1e-6);
    }
  });

  it('sums 4,000,000 equal numbers to 1e-6, by rows and by columns', () => {
    for (const shape of [[4_000_000], [1_000_000, 4]]) {
      const sums = tf.sum(tf.fill(shape, 0.1), 0).dataSync();
      for (const sum of sums) expect(Math.abs(sum / (shape[0]! * Math.fround(0.1)) - 1)).toBeLessThan(1e-6);
    }
  });

  it.each(['int32', 'bool'] as const)('sum and mean of %s are as on cpu', async (dtype) => {
    const x = (): tf.Tensor => typed(tf.mul(waves([3, 4, 5], 1), 3), dtype);
    await expectAsOnCpu(() => tf.sum(x(), [0, 1]), 0);
    await expectAsOnCpu(() => tf.mean(x(), [0, 1]), 1e-6);
  });

  it.each(['add', 'sub', 'mul', 'div'] as const)(
    '%s is exactly as on cpu for drawn shapes that broadcast',
    async (op) => {
      const operand = fc.array(fc.record({ one: fc.boolean(), cut: fc.boolean() }), { minLength: 5, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(shapes, operand, operand, async (shape, left, right) => {
          const thin = (form: { one: boolean; cut: boolean }[]): number[] => {
            const ones = shape.map((size, i) => (form[i]!.one ? 1 : size));
            return form[0]!.cut ? ones.slice(Math.floor(ones.length / 2)) : ones;
          };
          await expectAsOnCpu(() => tf[op](waves(thin(left), 1), tf.add(waves(thin(right), 2), 4)), 1e-7);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it('adds, subtracts, multiplies and divides numbers per channel, scalars and equal shapes as cpu does', async () => {
    const pairs: [number[], number[]][] = [
      [[2, 3, 17], [17]],
      [[17], [2, 3, 17]],
      [[5, 6], []],
      [[], [5, 6]],
      [[33], [33]],
      [
        [2, 3, 4],
        [1, 3, 4],
      ],
      [[1, 16], [16]],
      [
        [3, 1],
        [1, 3],
      ],
      [[2, 1], [2]],
      [[0, 3], [3]],
    ];
    for (const [a, b] of pairs)
      for (const op of ['add', 'sub', 'mul', 'div'] as const)
        await expectAsOnCpu(() => tf[op](waves(a, 1), tf.add(waves(b, 2), 4)), 1e-7);
  });

  it('computes with int32 as cpu does', async () => {
    const [a, b] = [[3, 4], [4]].map(
      (shape, k) => (): tf.Tensor => tf.cast(tf.add(tf.mul(waves(shape, k), 9), 20), 'int32'),
    ) as [() => tf.Tensor, () => tf.Tensor];
    for (const op of ['add', 'sub', 'mul'] as const) await expectAsOnCpu(() => tf[op](a(), b()), 0);
  });

  it('compares numbers as cpu does, per channel, with a scalar, and NaN with anything', async () => {
    const pairs: [number[], number[]][] = [
      [[2, 3, 17], [17]],
      [[17], [2, 3, 17]],
      [[5, 6], []],
      [[33], [33]],
      [
        [3, 1],
        [1, 3],
      ],
      [[0, 3], [3]],
    ];
    const steps = (shape: number[], salt: number): tf.Tensor => tf.round(tf.mul(waves(shape, salt), 2));
    const withNaN = (shape: number[], salt: number): tf.Tensor => tf.log(tf.add(steps(shape, salt), 1));
    for (const op of ['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'] as const) {
      for (const [a, b] of pairs) {
        await expectAsOnCpu(() => tf[op](steps(a, 1), steps(b, 2)), 0);
        await expectAsOnCpu(() => tf[op](withNaN(a, 1), withNaN(b, 2)), 0);
      }
      await expectAsOnCpu(() => tf[op](tf.cast(steps([7], 1), 'int32'), tf.cast(steps([7], 2), 'int32')), 0);
    }
  });

  it('combines and casts bools as cpu does', async () => {
    for (const shape of [[37], [2, 3], [0]]) {
      const [a, b] = [1, 2].map((salt) => (): tf.Tensor => tf.greater(waves(shape, salt), 0)) as [
        () => tf.Tensor,
        () => tf.Tensor,
      ];
      await expectAsOnCpu(() => tf.logicalAnd(a(), b()), 0);
      await expectAsOnCpu(() => tf.logicalAnd(a(), tf.scalar(true)), 0);
      await expectAsOnCpu(() => tf.cast(a(), 'float32'), 0);
      await expectAsOnCpu(() => tf.cast(a(), 'bool'), 0);
      await expectAsOnCpu(() => tf.cast(waves(shape, 1), 'float32'), 0);
      await expectAsOnCpu(() => tf.cast(tf.mul(waves(shape, 1), 9), 'int32'), 0);
    }
  });

  it('passes on infinities and NaN', async () => {
    const [a, b] = [
      [Infinity, -Infinity, NaN, 0, 1, 0],
      [Infinity, Infinity, 1, 0, 0, -2],
    ];
    for (const op of ['add', 'sub', 'mul', 'div'] as const) {
      const { got, exact } = await onBoth(() => tf[op](tf.tensor1d(a!), tf.tensor1d(b!)));
      expect(Array.from(got.dataSync())).toEqual(Array.from(exact));
    }
  });

  it(
    'tile is as on cpu for drawn shapes and repetitions, and for every dtype',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
          fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const),
          async (shape, numbers, dtype) => {
            const reps = shape.map(() => numbers.next().value as number);
            // tfjs's own cpu kernel fails at rank 0.
            fc.pre(shape.length > 0);
            await expectAsOnCpu(() => tf.tile(typed(tf.mul(waves(shape, 1), 7), dtype), reps), 0);
          },
        ),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it.each(['maxPool', 'avgPool'] as const)(
    'the gradient of %s agrees with cpu to 1e-6 of the largest entry for drawn pools',
    async (op) => {
      const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
      const pair = (max: number): fc.Arbitrary<[number, number]> => fc.tuple(size(1, max), size(1, max));
      const pools = fc.record({
        shape: fc.tuple(size(0, 2), size(1, 9), size(1, 9), size(1, 9)),
        filter: pair(4),
        strides: pair(3),
        pad: fc.oneof(fc.constantFrom<'same' | 'valid'>('same', 'valid'), size(0, 2)),
      });
      await fc.assert(
        fc.asyncProperty(pools, fc.boolean(), async ({ shape, filter, strides, pad }, ties) => {
          const [y, x] = [1, 2].map(
            (axis) => tf.backend_util.computePool2DInfo(shape, filter, strides, 1, pad).outShape[axis]!,
          ) as [number, number];
          fc.pre(y > 0 && x > 0);
          const input = (): tf.Tensor => (ties ? tf.round(waves(shape, 1)) : waves(shape, 1));
          // The kernel alone: tfjs's own forward pools on wasm crash on some of these, 1x1 and whole windows of
          // padding.
          await expectAsOnCpu(() => {
            const [x4, dy] = [input(), waves([shape[0], y, x, shape[3]], 2)];
            return tf
              .engine()
              .runKernel<tf.Tensor>(
                op === 'maxPool' ? 'MaxPoolGrad' : 'AvgPoolGrad',
                { dy, input: x4, output: dy },
                { filterSize: filter, strides, pad },
              );
          }, 1e-6);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it('pools pass gradients through ties, infinities and NaN as on cpu', async () => {
    const x = (): tf.Tensor4D =>
      tf.tensor4d(
        [0, 0, 0, 0, -Infinity, -Infinity, -Infinity, -Infinity, NaN, 1, NaN, 2, Infinity, 1, Infinity, 2],
        [1, 2, 8, 1],
      );
    const repeated = (): tf.Tensor => tf.tile(x(), [1, 1, 1, 5]);
    for (const input of [x, repeated]) {
      await expectAsOnCpu(
        () =>
          tf.grad((t) => tf.maxPool(t as tf.Tensor4D, 2, 2, 'valid'))(input(), tf.ones([1, 1, 4, input().shape[3]!])),
        0,
      );
    }
  });

  it('products with a transposed matrix agree with cpu to 1e-5 of the largest entry', async () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [3, 5, 7],
      [33, 17, 9],
      [4, 200, 65],
      [160, 3, 4],
    ] as const) {
      for (const batch of [[], [2], [2, 3]]) {
        await expectAsOnCpu(() => tf.matMul(waves([...batch, m, k], 1), waves([...batch, k, n], 2)), 1e-5);
        await expectAsOnCpu(() => tf.matMul(waves([...batch, m, k], 1), waves([...batch, n, k], 2), false, true), 1e-5);
        await expectAsOnCpu(() => tf.matMul(waves([...batch, k, m], 1), waves([...batch, k, n], 2), true, false), 1e-5);
        await expectAsOnCpu(() => tf.matMul(waves([...batch, k, m], 1), waves([...batch, n, k], 2), true, true), 1e-5);
      }
      await expectAsOnCpu(() => tf.matMul(waves([2, m, k], 1), waves([1, n, k], 2), false, true), 1e-5);
    }
    await expectAsOnCpu(() => tf.matMul(waves([0, 3], 1), waves([4, 3], 2), false, true), 0);
  });

  it('batch normalisation agrees with cpu to 1e-6 of the largest entry', async () => {
    for (const channels of [1, 3, 4, 17, 64]) {
      const parameter = (salt: number, shape: number[] = [channels]): tf.Tensor => tf.abs(waves(shape, salt));
      const x = (): tf.Tensor4D => waves([2, 3, 5, channels], 1) as tf.Tensor4D;
      const normalise = (shape?: number[], offset?: tf.Tensor, scale?: tf.Tensor): tf.Tensor =>
        tf.batchNorm(
          x(),
          parameter(2, shape) as tf.Tensor1D,
          parameter(3, shape) as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        );
      await expectAsOnCpu(() => normalise(), 1e-6);
      await expectAsOnCpu(() => normalise(undefined, parameter(4)), 1e-6);
      await expectAsOnCpu(() => normalise(undefined, undefined, parameter(5)), 1e-6);
      await expectAsOnCpu(() => normalise(undefined, parameter(4), parameter(5)), 1e-6);
      await expectAsOnCpu(
        () => normalise([2, 3, 5, channels], parameter(4, [2, 3, 5, channels]), parameter(5, [2, 3, 5, channels])),
        1e-6,
      );
    }
  });

  it('clone shares the data and gives it back with the last handle', () => {
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const x = tf.tidy(() => typed(waves([5], 1), dtype));
      const buffers = tf.memory().numDataBuffers;
      const y = tf.clone(x);
      expect(tf.memory().numDataBuffers).toBe(buffers);
      const before = x.dataSync();
      x.dispose();
      expect(y.dataSync()).toEqual(before);
      expect(y.dtype).toBe(dtype);
      y.dispose();
      expect(tf.memory().numDataBuffers).toBe(buffers - 1);
    }
    expect(tf.clone(tf.tensor(['a', 'b'])).dataSync()).toEqual(['a', 'b']);
  });
});
