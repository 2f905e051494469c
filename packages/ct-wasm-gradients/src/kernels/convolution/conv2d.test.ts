import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SLOW } from '../../../test/asOnCpu.js';
import {
  convolutionCases,
  convolve,
  convolutionInputs as inputs,
  expectExactConvolution,
  plain,
} from '../../../test/cases.js';
import { emscripten, hosts, nextAddress, pretend } from '../../../test/hosts.js';
import type { Case } from '../../../test/reference.js';
import { dyShape, error, reference, waves } from '../../../test/reference.js';
import '../../index.js';
import { conv2d, fusedConv2d } from './conv2d.js';

const SMALL = plain([4, 9, 10, 8], [3, 3, 8, 12]);

/** 3x3 with strides of 1 and channels by fours, of any padding up to 2. */
const drawn: fc.Arbitrary<Case> = fc
  .record({
    size: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 3, max: 15 }), fc.integer({ min: 3, max: 15 })),
    channels: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 })),
    pads: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))),
  })
  .map(({ size, channels: [ci, co], pads: [top, bottom, left, right] }) =>
    plain([...size, 4 * ci], [3, 3, 4 * ci, 4 * co], {
      pad: [
        [0, 0],
        [top!, bottom!],
        [left!, right!],
        [0, 0],
      ],
    }),
  );

describe('convolutions on wasm', () => {
  beforeAll(() => pretend(hosts[0]));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  for (const [name, c] of convolutionCases)
    it(`agree with float64 to 2e-6 of the largest sum of magnitudes: ${name}`, () => expectExactConvolution(c), SLOW);

  it(
    'agree with float64 to 2e-6 of the largest sum of magnitudes for drawn filters of 3x3',
    () => {
      fc.assert(fc.property(drawn, expectExactConvolution), { numRuns: 50 });
    },
    SLOW,
  );

  it(
    'agree with float64 to 5e-6 of the largest entry for normal inputs, up to 512 channels',
    () => {
      for (const [ci, co] of [
        [4, 8],
        [64, 64],
        [512, 16],
      ] as const) {
        const c = plain([1, 8, 14, ci], [3, 3, ci, co]);
        const x = tf.randomNormal<tf.Rank.R4>(c.xShape, 0, 1, 'float32', 1);
        const filter = tf.randomNormal<tf.Rank.R4>(c.filterShape, 0, 1, 'float32', 2);
        const y = convolve(c, [x, filter]).dataSync();
        expect(error(y, reference(c, x.dataSync(), filter.dataSync(), y).y)).toBeLessThan(5e-6);
      }
    },
    SLOW,
  );

  it('take a bias and clip as relu and relu6 do', () => {
    const bias = waves([12], 5) as tf.Tensor1D;
    const [x, filter] = inputs(SMALL);
    const values = reference(SMALL, x.dataSync(), filter.dataSync(), new Float32Array(4 * 9 * 10 * 12)).y;
    for (const [activation, most] of [
      ['linear', undefined],
      ['relu', Infinity],
      ['relu6', 6],
    ] as const) {
      const y = tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation });
      const exact = values.map((value, i) => {
        const sum = value + bias.dataSync()[i % 12]!;
        return most === undefined ? sum : Math.min(Math.max(sum, 0), most);
      });
      expect(error(y.dataSync(), exact), activation).toBeLessThan(1e-5);
    }
  });

  it('give an empty batch for one', () => {
    expect(convolve({ ...SMALL, xShape: [0, 9, 10, 8] }).shape).toEqual([0, 9, 10, 12]);
  });

  it.each([Infinity, -Infinity, NaN])('hand %s on to the outputs whose sums have it, and to no others', (value) => {
    const [x, filter] = inputs(SMALL);
    const values = x.dataSync().slice();
    values[((9 + 4) * 10 + 5) * 8 + 3] = value;
    const y = convolve(SMALL, [tf.tensor(values, x.shape) as tf.Tensor4D, filter]).dataSync();
    const exact = reference(SMALL, values, filter.dataSync(), y).y;
    expect(exact.filter((v) => !Number.isFinite(v))).toHaveLength(9 * 12);
    exact.forEach((v, i) => {
      if (Number.isFinite(v)) expect(Math.abs(y[i]! - v)).toBeLessThan(1e-4);
      else expect(y[i]).toBe(v);
    });
  });

  it('hold their memory and their tensors over 1,000 calls, results that are not finite among them', () => {
    const [x, filter] = inputs(SMALL);
    const infinite = tf.fill(x.shape, Infinity) as tf.Tensor4D;
    const call = (): void => [x, infinite].forEach((one) => convolve(SMALL, [one, filter]).dispose());
    call();
    const state = (): unknown => [
      tf.memory().numTensors,
      tf.memory().numDataBuffers,
      emscripten().HEAPU8.length,
      nextAddress(),
    ];
    const before = state();
    for (let i = 0; i < 500; i++) call();
    expect(state()).toEqual(before);
  });
});

describe('gradients in x on wasm', () => {
  beforeAll(() => pretend(hosts[0]));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it.each([Infinity, NaN])('hand %s on to the entries whose sums have it, and to no others', (value) => {
    const [, filter] = inputs(SMALL);
    const dy = waves(dyShape(SMALL), 3).dataSync().slice();
    dy[((9 + 4) * 10 + 5) * 12 + 3] = value;
    const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', inputShape: SMALL.xShape };
    const upstream = tf.tensor(dy, dyShape(SMALL));
    const dx = tf
      .engine()
      .runKernel<tf.Tensor>('Conv2DBackpropInput', { dy: upstream, filter }, attrs as unknown as tf.NamedAttrMap);
    const exact = reference(SMALL, new Float32Array(4 * 9 * 10 * 8), filter.dataSync(), dy).dx;
    expect(exact.filter((v) => !Number.isFinite(v))).toHaveLength(9 * 8);
    const got = dx.dataSync();
    exact.forEach((v, i) => {
      if (Number.isFinite(v)) expect(Math.abs(got[i]! - v)).toBeLessThan(1e-4);
      else expect(got[i]).toBe(v);
    });
  });
});

describe('gradients in the filter on wasm', () => {
  beforeAll(() => pretend(hosts[0]));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it.each([Infinity, NaN])('hand %s on to the entries whose sums have it, and to no others', (value) => {
    const c = plain([4, 9, 10, 8], [3, 3, 8, 16]);
    const x = waves(c.xShape, 1).dataSync().slice();
    // In a corner of an image, which not all taps see.
    x[3] = value;
    const dy = waves(dyShape(c), 3);
    const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', filterShape: c.filterShape };
    const dfilter = tf
      .engine()
      .runKernel<tf.Tensor>(
        'Conv2DBackpropFilter',
        { x: tf.tensor(x, c.xShape), dy },
        attrs as unknown as tf.NamedAttrMap,
      );
    const exact = reference(c, x, new Float32Array(9 * 8 * 16), dy.dataSync()).dfilter;
    expect(exact.filter((v) => !Number.isFinite(v))).toHaveLength(4 * 16);
    const got = dfilter.dataSync();
    exact.forEach((v, i) => {
      if (Number.isFinite(v)) expect(Math.abs(got[i]! - v)).toBeLessThan(1e-3);
      else expect(got[i]).toBe(v);
    });
  });
});

describe('tfjs itself', () => {
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'linear' };

  /** Whether the kernel hands a convolution on. */
  function isHandedOn(
    kernel: typeof conv2d,
    { inputs: more, attrs }: { inputs?: tf.NamedTensorMap; attrs?: tf.NamedAttrMap } = {},
  ): boolean {
    const stock = vi.fn(() => []);
    const [x, filter] = inputs(SMALL);
    const backend = tf.backend() as tf.KernelBackend;
    const y = kernel(stock)({ inputs: { x, filter, ...more }, attrs: { ...attributes, ...attrs }, backend });
    if (!Array.isArray(y)) tf.engine().makeTensorFromTensorInfo(y);
    return stock.mock.calls.length > 0;
  }

  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    vi.restoreAllMocks();
  });

  it.each(hosts)('computes nothing of this on SIMD in place, all on other hosts: $title', async (where) => {
    await pretend(where);
    const isOther = !where.simd || where.access === 'copied';
    expect(isHandedOn(conv2d)).toBe(isOther);
    expect(isHandedOn(fusedConv2d)).toBe(isOther);
  });

  it('computes what has another layout, type, bias or activation', async () => {
    await pretend(hosts[0]);
    expect(isHandedOn(conv2d, { attrs: { dataFormat: 'NCHW' } })).toBe(true);
    expect(isHandedOn(conv2d, { attrs: { strides: 2 } })).toBe(true);
    expect(isHandedOn(conv2d, { inputs: { x: tf.zeros(SMALL.xShape, 'int32') } })).toBe(true);
    expect(isHandedOn(fusedConv2d, { inputs: { bias: tf.zeros([12]) } })).toBe(false);
    expect(isHandedOn(fusedConv2d, { inputs: { bias: tf.zeros([1]) } })).toBe(true);
    for (const activation of ['elu', 'prelu', 'leakyrelu', 'sigmoid'])
      expect(isHandedOn(fusedConv2d, { attrs: { activation } }), activation).toBe(true);
  });
});
