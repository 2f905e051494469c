/** A convolution and its gradients in float64, straight from its definition, and the drawing of convolutions. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';

/** A convolution: sizes, and the attributes as tfjs has them. */
export interface Case {
  depthwise: boolean;
  /** [batch, height, width, inChannels] */
  xShape: [number, number, number, number];
  /** [height, width, inChannels, outChannels], or the channel multiplier m in place of outChannels */
  filterShape: [number, number, number, number];
  strides: [number, number];
  dilations: [number, number];
  pad: 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
}

/** y = conv(x, filter), and the gradients of sum(dy * y). */
export interface Reference {
  y: Float64Array;
  dx: Float64Array;
  dfilter: Float64Array;
}

function infoOf(c: Case): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(
    c.xShape,
    c.filterShape,
    c.strides,
    c.dilations,
    c.pad,
    undefined,
    c.depthwise,
  );
}

export function dyShape(c: Case): [number, number, number, number] {
  return infoOf(c).outShape as [number, number, number, number];
}

export function reference(c: Case, x: ArrayLike<number>, filter: ArrayLike<number>, dy: ArrayLike<number>): Reference {
  const { padInfo } = infoOf(c);
  const [n, h, w, ci] = c.xShape;
  const [kh, kw, , last] = c.filterShape;
  const [, oh, ow, co] = dyShape(c);
  const dx = new Float64Array(n * h * w * ci);
  const dfilter = new Float64Array(kh * kw * ci * last);
  const result = new Float64Array(n * oh * ow * co);
  for (let b = 0; b < n; b++) {
    for (let oy = 0; oy < oh; oy++) {
      for (let ox = 0; ox < ow; ox++) {
        for (let r = 0; r < kh; r++) {
          for (let s = 0; s < kw; s++) {
            const y = oy * c.strides[0] + r * c.dilations[0] - padInfo.top;
            const xx = ox * c.strides[1] + s * c.dilations[1] - padInfo.left;
            if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
            for (let i = 0; i < ci; i++) {
              for (let j = 0; j < last; j++) {
                const output = ((b * oh + oy) * ow + ox) * co + (c.depthwise ? i * last + j : j);
                const upstream = dy[output]!;
                const at = ((b * h + y) * w + xx) * ci + i;
                const tap = ((r * kw + s) * ci + i) * last + j;
                dx[at]! += upstream * filter[tap]!;
                dfilter[tap]! += upstream * x[at]!;
                result[output]! += x[at]! * filter[tap]!;
              }
            }
          }
        }
      }
    }
  }
  return { y: result, dx, dfilter };
}

/** The largest difference, relative to the largest entry of `exact`; infinite where a value is no number. */
export function error(got: ArrayLike<number>, exact: ArrayLike<number>): number {
  if (got.length !== exact.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    const difference = Math.abs(got[i]! - exact[i]!);
    if (Number.isNaN(difference)) return Infinity;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(exact[i]!));
  }
  return worst === 0 ? 0 : worst / largest;
}

/** Sines, so that a case is the same on every backend and in every run. */
export function waves(shape: number[], salt: number): tf.Tensor {
  return tf.tensor(
    Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      (_, i) => Math.sin(1.7 * i + salt) + 0.3 * Math.sin(0.01 * i),
    ),
    shape,
  );
}

/** Convolutions of all kinds whose output is not empty, unless the batch is. */
export function drawnCases({ depthwise, dilations }: { depthwise: boolean; dilations: boolean }): fc.Arbitrary<Case> {
  const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
  const pair = (min: number, max: number): fc.Arbitrary<[number, number]> => fc.tuple(size(min, max), size(min, max));
  const channels = fc.oneof(size(1, 9), fc.constantFrom(16, 17, 24, 33));
  return fc
    .record({
      depthwise: fc.constant(depthwise),
      xShape: fc.tuple(size(0, 3), size(1, 11), size(1, 11), channels),
      filter: fc.tuple(size(1, 5), size(1, 5), depthwise ? size(1, 3) : channels),
      strides: pair(1, 3),
      dilations: dilations ? pair(1, 3) : fc.constant<[number, number]>([1, 1]),
      pad: fc.oneof(
        fc.constantFrom<'same' | 'valid'>('same', 'valid'),
        size(0, 4),
        fc.tuple(fc.constant<[number, number]>([0, 0]), pair(0, 4), pair(0, 4), fc.constant<[number, number]>([0, 0])),
      ),
    })
    .map(({ filter: [kh, kw, last], ...rest }): Case => ({ ...rest, filterShape: [kh, kw, rest.xShape[3], last] }))
    .filter((c) =>
      dyShape(c)
        .slice(1)
        .every((s) => s > 0),
    );
}
