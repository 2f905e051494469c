/** What both gradients of a convolution must do, plain and depthwise. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { onEveryHost, SLOW } from './asOnCpu.js';
import { expectExact, expectExactTiles, gradients, plain, table, tiles } from './cases.js';
import { emscripten, hosts, nextAddress, pretend } from './hosts.js';
import type { Case } from './reference.js';
import { drawnCases, dyShape, error, waves } from './reference.js';

/** The tests of `Conv2DBackprop*`, or of their depthwise relatives. */
export function convolutionSuite(depthwise: boolean): void {
  const kind = depthwise ? 'depthwise' : 'plain';
  const small: Case = plain([1, 5, 5, 6], depthwise ? [3, 3, 6, 2] : [3, 3, 6, 10], { depthwise });

  onEveryHost(`the gradients of ${kind} convolutions on wasm`, (host) => {
    for (const [name, c] of table.filter(([, c]) => c.depthwise === depthwise))
      it(`agree with float64 to 1e-5 of the largest entry: ${name}`, () => expectExact(c), SLOW);

    for (const [name, c] of depthwise ? [] : tiles)
      it(`agree with float64 to 2e-6 of the largest sum of magnitudes: ${name}`, () => expectExactTiles(c), SLOW);

    it(
      `agree with float64 to 1e-5 of the largest entry for drawn ${kind} convolutions`,
      () => {
        fc.assert(fc.property(drawnCases({ depthwise, dilations: true }), expectExact), {
          numRuns: host.simd ? 200 : 50,
        });
      },
      SLOW,
    );

    it(
      'give the same after the memory has grown',
      () => {
        const c: Case = { ...small, xShape: [2, 9, 9, 6] };
        const all = (): unknown => Object.values(gradients(c)).map((t) => t.dataSync());
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
        const call = (): void => tf.tidy(() => void gradients({ ...small, strides: [2, 2] }));
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

  describe(`the gradients of ${kind} convolutions on wasm`, () => {
    beforeAll(() => pretend(hosts[0]));

    it(
      `agree with the cpu backend to 1e-5 of the largest entry for drawn ${kind} convolutions`,
      async () => {
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
    const differentiated: [string, Case][] = [
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
    ];
    it.each(differentiated.filter(([, c]) => c.depthwise === depthwise))(
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
        const kernel = depthwise ? 'DepthwiseConv2dNativeBackpropFilter' : 'Conv2DBackpropFilter';
        const dfilter = tf
          .engine()
          .runKernel<tf.Tensor>(kernel, { x, dy }, { strides: [1, 1], pad: 'valid', filterShape: [1, 1, 1, 1] });
        expect(error(dfilter.dataSync(), [exact]), kernel).toBeLessThan(5e-6);
      },
      SLOW,
    );
  });
}
