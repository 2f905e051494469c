import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { emscripten, hosts, nextAddress, pretend } from '../test/hosts.js';
import { expectExact, gradients, plain, table } from '../test/cases.js';
import type { Case } from '../test/reference.js';
import { drawnCases, dyShape, error, waves } from '../test/reference.js';
import './index.js';

// The bounds are of float32 sums, which cancel more in rare draws: every run draws the same.
fc.configureGlobal({ seed: 1 });

/** Milliseconds for tests that take seconds by themselves. */
const SLOW = 300_000;

beforeAll(() => tf.setBackend('cpu'));

describe.each(hosts)('the gradients of convolutions on wasm: $title', (host) => {
  beforeAll(async () => {
    await pretend(host);
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.engine().startScope();
  });
  afterAll(() => {
    tf.engine().endScope();
    vi.restoreAllMocks();
  });

  for (const [name, c] of table)
    it(`agree with float64 to 1e-5 of the largest entry: ${name}`, () => expectExact(c), SLOW);

  it.each([
    ['plain', false],
    ['depthwise', true],
  ])(
    'agree with float64 to 1e-5 of the largest entry for drawn %s convolutions',
    (_, depthwise) => {
      fc.assert(fc.property(drawnCases({ depthwise, dilations: true }), expectExact), {
        numRuns: host.simd ? 200 : 50,
      });
    },
    SLOW,
  );

  it(
    'give the same after the memory has grown',
    () => {
      const c = plain([2, 9, 9, 6], [3, 3, 6, 10]);
      const [plainCase, depthwise] = [c, { ...c, filterShape: [3, 3, 6, 2] as Case['filterShape'], depthwise: true }];
      const all = (): unknown =>
        [plainCase, depthwise].flatMap((c) => Object.values(gradients(c)).map((t) => t.dataSync()));
      const before = all();
      const size = emscripten().HEAPU8.length;
      while (emscripten().HEAPU8.length === size) tf.zeros([1 << 20]);
      expect(all()).toEqual(before);
    },
    SLOW,
  );

  it(
    'hold their memory and their tensors over 1,000 calls',
    () => {
      const c = plain([1, 5, 5, 6], [3, 3, 6, 10], { strides: [2, 2] });
      const call = (): void =>
        tf.tidy(() => void [gradients(c), gradients({ ...c, filterShape: [3, 3, 6, 2], depthwise: true })]);
      call();
      const state = (): unknown => [
        tf.memory().numTensors,
        tf.memory().numDataBuffers,
        emscripten().HEAPU8.length,
        nextAddress(),
      ];
      const before = state();
      for (let i = 0; i < 1000; i++) call();
      expect(state()).toEqual(before);
    },
    SLOW,
  );
});

describe('the gradients of convolutions on wasm', () => {
  beforeAll(() => pretend(hosts[0]));

  it.each([
    ['plain', false],
    ['depthwise', true],
  ])(
    'agree with the cpu backend to 1e-5 of the largest entry for drawn %s convolutions',
    async (_, depthwise) => {
      await fc.assert(
        fc.asyncProperty(drawnCases({ depthwise, dilations: false }), async (c) => {
          const results: (Float32Array | Int32Array | Uint8Array)[][] = [];
          for (const backend of ['wasm', 'cpu']) {
            await tf.setBackend(backend);
            results.push(tf.tidy(() => Object.values(gradients(c)).map((t) => t.dataSync())));
          }
          await tf.setBackend('wasm');
          for (const k of [0, 1]) expect(error(results[0]![k]!, results[1]![k]!)).toBeLessThan(1e-5);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  // A convolution is linear in x and in the filter, so that differences over ±1 are exact but for rounding.
  it.each<[string, Case]>([
    ['plain', plain([1, 4, 3, 2], [3, 2, 2, 3])],
    ['strided', plain([2, 5, 4, 2], [3, 3, 2, 2], { strides: [2, 2] })],
    ['dilated', plain([1, 6, 6, 2], [2, 3, 2, 2], { dilations: [2, 2] })],
    ['dilated and depthwise', plain([1, 6, 6, 2], [2, 3, 2, 2], { depthwise: true, dilations: [2, 2] })],
    [
      'with explicit padding',
      plain([1, 4, 3, 2], [3, 2, 2, 3], {
        pad: [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
      }),
    ],
    ['depthwise', plain([1, 4, 4, 3], [3, 3, 3, 2], { depthwise: true })],
    ['depthwise and strided', plain([1, 5, 4, 3], [3, 3, 3, 1], { depthwise: true, strides: [2, 2] })],
  ])(
    'agree with central differences of the forward convolution to 1e-5 of the largest entry: %s',
    (_, c) => {
      tf.tidy(() => {
        const [x, filter, dy] = [waves(c.xShape, 1), waves(c.filterShape, 2), waves(dyShape(c), 3)] as [
          tf.Tensor4D,
          tf.Tensor4D,
          tf.Tensor4D,
        ];
        const f = (x: tf.Tensor, filter: tf.Tensor): tf.Scalar => {
          const convolve = c.depthwise ? tf.depthwiseConv2d : tf.conv2d;
          return tf.sum(
            tf.mul(
              convolve(x as tf.Tensor4D, filter as tf.Tensor4D, c.strides, c.pad as number, 'NHWC', c.dilations),
              dy,
            ),
          );
        };
        const analytic = tf.grads(f)([x, filter]);
        [x, filter].forEach((input, k) => {
          const differences = Array.from({ length: input.size }, (_, i) => {
            const at = (sign: number): number => {
              const moved = input.dataSync().slice();
              moved[i]! += sign;
              const t = tf.tensor(moved, input.shape);
              return (k === 0 ? f(t, filter) : f(x, t)).dataSync()[0]!;
            };
            return (at(1) - at(-1)) / 2;
          });
          expect(error(analytic[k]!.dataSync(), differences)).toBeLessThan(1e-5);
        });
      });
    },
    SLOW,
  );

  it(
    'sum a filter gradient over 1.6 million pixels to 5e-6 of the sum of magnitudes',
    () => {
      // Of one sign, so that the sum is that of the magnitudes.
      const [x, dy] = [1, 3].map((salt) => tf.add(tf.abs(waves([16, 317, 317, 1], salt)), 0.1)) as [
        tf.Tensor,
        tf.Tensor,
      ];
      const [xs, dys] = [x.dataSync(), dy.dataSync()];
      let exact = 0;
      for (let i = 0; i < xs.length; i++) exact += xs[i]! * dys[i]!;
      for (const kernel of ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter']) {
        const dfilter = tf
          .engine()
          .runKernel<tf.Tensor>(kernel, { x, dy }, { strides: [1, 1], pad: 'valid', filterShape: [1, 1, 1, 1] });
        expect(error(dfilter.dataSync(), [exact]), kernel).toBeLessThan(5e-6);
      }
    },
    SLOW,
  );

  it('count the rows that dimRoundingMode adds', () => {
    // 4 rows, filter 3, stride 2, pad 0: 1.5 rows of output, 2 when rounded up; the second sees a row of padding.
    const [x, filter] = [waves([1, 4, 4, 1], 1), waves([3, 3, 1, 1], 2)];
    const dy = tf.ones([1, 2, 2, 1]);
    const attrs = { strides: [2, 2], pad: 0, dataFormat: 'NHWC' };
    const dfilter = tf
      .engine()
      .runKernel<tf.Tensor>('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape });
    const values = x.dataSync();
    const at = (y: number, x: number): number => (y < 4 && x < 4 ? values[4 * y + x]! : 0);
    const exact = [0, 1, 2].flatMap((r) =>
      [0, 1, 2].map((s) => at(r, s) + at(r, s + 2) + at(r + 2, s) + at(r + 2, s + 2)),
    );
    expect(error(dfilter.dataSync(), exact)).toBeLessThan(1e-6);
  });

  it('train images without a batch axis, and transposed convolutions', async () => {
    const both = (): tf.Tensor[] => {
      const [x, filter, pointwise] = [waves([6, 5, 3], 1), waves([3, 3, 3, 4], 2), waves([2, 2, 5, 4], 3)];
      return tf.grads((x, filter, pointwise) => {
        const y = tf.conv2d(x as tf.Tensor3D, filter as tf.Tensor4D, 1, 'same');
        return tf.sum(tf.square(tf.conv2dTranspose(y, pointwise as tf.Tensor4D, [12, 10, 5], 2, 'same')));
      })([x, filter, pointwise]);
    };
    const ours = both().map((t) => t.dataSync());
    await tf.setBackend('cpu');
    both().forEach((t, k) => expect(error(ours[k]!, t.dataSync())).toBeLessThan(1e-5));
    await tf.setBackend('wasm');
  });

  it('say what is wrong with their inputs', () => {
    const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor =>
      tf.engine().runKernel(kernel, inputs, { strides: [1, 1], pad: 'same', ...attrs } as tf.NamedAttrMap);
    const [x, dy, filter] = [tf.zeros([1, 4, 4, 2]), tf.zeros([1, 4, 4, 3]), tf.zeros([3, 3, 2, 3])];
    expect(() => run('Conv2DBackpropFilter', { x: tf.cast(x, 'int32'), dy }, { filterShape: filter.shape })).toThrow(
      new TypeError('Conv2DBackpropFilter: x must be float32, got int32; cast it'),
    );
    expect(() => run('Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape, dataFormat: 'NCHW' })).toThrow(
      'Conv2DBackpropFilter: dataFormat must be NHWC, got NCHW; transpose the tensors',
    );
    expect(() => run('Conv2DBackpropInput', { dy, filter: tf.zeros([3, 3, 2, 4]) }, { inputShape: x.shape })).toThrow(
      'Conv2DBackpropInput: x of shape [1, 4, 4, 2] and a filter of shape [3, 3, 2, 4] give [1, height, ' +
        'width, 4], and dy has the shape [1, 4, 4, 3]',
    );
    expect(() => run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: [3, 3, 2, 2] })).toThrow(
      RangeError,
    );
    expect(() =>
      run('DepthwiseConv2dNativeBackpropInput', { dy: tf.cast(dy, 'bool'), filter }, { inputShape: x.shape }),
    ).toThrow(TypeError);
  });

  it('leave NCHW to the kernel of tfjs', () => {
    const [dy, filter] = [waves([1, 3, 4, 5], 1), waves([3, 3, 2, 3], 2)];
    const nchw = tf
      .engine()
      .runKernel<tf.Tensor>(
        'Conv2DBackpropInput',
        { dy, filter },
        { strides: [1, 1], pad: 'same', dataFormat: 'NCHW', inputShape: [1, 2, 4, 5] },
      );
    const nhwc = tf
      .engine()
      .runKernel<tf.Tensor>(
        'Conv2DBackpropInput',
        { dy: tf.transpose(dy, [0, 2, 3, 1]), filter },
        { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', inputShape: [1, 4, 5, 2] },
      );
    expect(error(tf.transpose(nhwc, [0, 3, 1, 2]).dataSync(), nchw.dataSync())).toBeLessThan(1e-5);
  });
});
