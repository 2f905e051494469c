import { io } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { GraphWeights } from './graphWeights.js';

const spec = (name: string, shape: number[], more: object = {}): io.WeightsManifestEntry => ({
  name,
  shape,
  dtype: 'float32',
  ...more,
});
/** Bytes 0, 1, 2, ... */
const bytes = (count: number): ArrayBuffer => Uint8Array.from({ length: count }, (_, i) => i).buffer;
const numbers = (buffer: ArrayBuffer): number[] => [...new Uint8Array(buffer)];
const quantised = (dtype: string): object => ({ quantization: { dtype, scale: 0.5, min: -1 } });

describe('GraphWeights', () => {
  it('finds the bytes of each weight, one behind the other, in buffers of any division', () => {
    const specs = [
      spec('f', [2]),
      spec('b', [3], { dtype: 'bool' }),
      spec('q8', [4], quantised('uint8')),
      spec('q16', [2], quantised('uint16')),
      spec('none', [0, 5]),
      spec('i', [], { dtype: 'int32' }),
    ];
    const all = bytes(8 + 3 + 4 + 4 + 0 + 4 + 7);
    for (const data of [all, [all.slice(0, 5), all.slice(5, 13), all.slice(13)]]) {
      const weights = new GraphWeights('test', specs, data);
      expect(specs.map(({ name }) => numbers(weights.bytes(name)))).toEqual([
        [0, 1, 2, 3, 4, 5, 6, 7],
        [8, 9, 10],
        [11, 12, 13, 14],
        [15, 16, 17, 18],
        [],
        [19, 20, 21, 22],
      ]);
      // Seven bytes too many, behind which nothing could be put.
      const trimmed = weights.trimmed(data);
      expect(new io.CompositeArrayBuffer(trimmed).byteLength).toBe(23);
    }
    const whole = bytes(8);
    expect(new GraphWeights('test', [spec('f', [2])], whole).trimmed(whole)).toBe(whole);
  });

  it('reads texts by their lengths', () => {
    const data = Uint8Array.of(2, 0, 0, 0, 65, 66, 0, 0, 0, 0, 7, 7, 7, 7).buffer;
    const weights = new GraphWeights('test', [spec('t', [2], { dtype: 'string' }), spec('f', [1])], data);
    expect(numbers(weights.bytes('f'))).toEqual([7, 7, 7, 7]);
    expect(() => new GraphWeights('test', [spec('t', [9], { dtype: 'string' })], data)).toThrow(
      'test: the data ends within text',
    );
  });

  it('gives short lists of whole numbers, quantised ones too, and no others', () => {
    const data = new ArrayBuffer(8 + 2 + 4);
    new Int32Array(data, 0, 2).set([-3, 7]);
    new Uint8Array(data, 8, 2).set([2, 8]);
    const weights = new GraphWeights(
      'test',
      [spec('i', [2], { dtype: 'int32' }), spec('q', [2], { dtype: 'int32', ...quantised('uint8') }), spec('f', [1])],
      data,
    );
    expect(weights.wholes('i')).toEqual([-3, 7]);
    // Half of what is stored, less one.
    expect(weights.wholes('q')).toEqual([0, 3]);
    expect(weights.wholes('f')).toBeUndefined();
    expect(weights.wholes('none')).toBeUndefined();
    const long = new GraphWeights('test', [spec('i', [65], { dtype: 'int32' })], bytes(260));
    expect(long.wholes('i')).toBeUndefined();
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', 7, /weight 0 must be an object with name, shape and dtype/],
    ['no name', spec('', [1]), /weight 0 must be an object with name, shape and dtype/],
    ['another type', spec('w', [1], { dtype: 'float64' }), /dtype of the weight "w" must be float32, int32/],
    ['no list of sizes', spec('w', [1.5]), /shape of the weight "w" must be a list of sizes/],
    ['too many numbers', spec('w', [2 ** 30, 2 ** 30]), /shape of the weight "w"/],
    ['another quantisation', spec('w', [1], quantised('uint4')), /quantization.dtype of the weight "w"/],
    ['no scale', spec('w', [1], { quantization: { dtype: 'uint8', min: 0 } }), /quantization of the weight "w"/],
    [
      'a quantised flag',
      spec('w', [1], { dtype: 'bool', ...quantised('uint8') }),
      /one that can be quantised to uint8/,
    ],
    ['more than there is', spec('w', [3]), /"w" \(float32 \[3\]\) lies in bytes 0 to 12, and there are 8/],
  ])('refuses %s by name', (_, wrong, message) => {
    expect(() => new GraphWeights('test', [wrong as io.WeightsManifestEntry], bytes(8))).toThrow(message);
  });

  it('refuses two weights of one name', () => {
    expect(() => new GraphWeights('test', [spec('w', [1]), spec('w', [1])], bytes(8))).toThrow(
      'two weights are called "w"',
    );
  });
});
