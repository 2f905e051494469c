import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedFileError } from './damagedFile.js';
import { parseIdx } from './idx.js';

/** An IDX file of the given type, sizes and value bytes. */
function idx(type: number, shape: readonly number[], values: readonly number[]): Uint8Array {
  const sizes = shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...values]);
}

describe('parseIdx', () => {
  // Value bytes written out by hand: two's complement and IEEE 754, most significant byte first.
  it.each([
    { name: 'uint8', type: 0x08, bytes: [0, 255], array: Uint8Array.of(0, 255) },
    { name: 'int8', type: 0x09, bytes: [0x80, 0x7f], array: Int8Array.of(-128, 127) },
    { name: 'int16', type: 0x0b, bytes: [0x80, 0x00, 0x01, 0x02], array: Int16Array.of(-32768, 258) },
    {
      name: 'int32',
      type: 0x0c,
      bytes: [0xff, 0xff, 0xff, 0xfe, 0x01, 0x02, 0x03, 0x04],
      array: Int32Array.of(-2, 16909060),
    },
    {
      name: 'float32',
      type: 0x0d,
      bytes: [0x3f, 0xc0, 0, 0, 0xff, 0x80, 0, 0],
      array: Float32Array.of(1.5, -Infinity),
    },
    {
      name: 'float64',
      type: 0x0e,
      bytes: [0xbf, 0xf8, 0, 0, 0, 0, 0, 0, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
      array: Float64Array.of(-1.5, 0.1),
    },
  ])('reads $name, big-endian', ({ type, bytes, array }) => {
    const { data, shape } = parseIdx(idx(type, [2], bytes));
    expect(data).toEqual(array);
    expect(shape).toEqual([2]);
  });

  it('keeps the shape of an array of rank 3, a scalar, and an empty array', () => {
    expect(parseIdx(idx(8, [1, 2, 3], [1, 2, 3, 4, 5, 6]))).toEqual({
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
      shape: [1, 2, 3],
    });
    expect(parseIdx(idx(8, [], [7]))).toEqual({ data: Uint8Array.of(7), shape: [] });
    expect(parseIdx(idx(0x0d, [0, 28, 28], []))).toEqual({ data: new Float32Array(), shape: [0, 28, 28] });
  });

  it('reads a view into a larger buffer at an odd offset, and copies', () => {
    const file = idx(0x0d, [1], [0x3f, 0x80, 0, 0]);
    const buffer = new Uint8Array(file.length + 3);
    buffer.set(file, 3);
    const { data } = parseIdx(buffer.subarray(3));
    buffer.fill(0);
    expect(data).toEqual(Float32Array.of(1));
  });

  it.each([
    {
      fault: 'truncated values',
      bytes: idx(8, [2, 2], [1, 2, 3]),
      message:
        /^parseIdx: the file is damaged at byte 15: it is truncated: shape \[2, 2\] calls for 16 bytes, got 15; /,
    },
    {
      fault: 'trailing bytes',
      bytes: idx(8, [2], [1, 2, 3]),
      message: /^parseIdx: the file is damaged at byte 10: it has trailing bytes: .* calls for 10 bytes, got 11/,
    },
    { fault: 'an empty file', bytes: new Uint8Array(), message: /at byte 0: it ends within its header/ },
    {
      fault: 'a truncated header',
      bytes: idx(8, [2, 2], []).subarray(0, 9),
      message: /at byte 9: it ends within its header/,
    },
    {
      fault: 'a web page',
      bytes: new TextEncoder().encode('<!DOCTYPE html>'),
      message: /is not an IDX file but a page of HTML or XML/,
    },
    { fault: 'an unknown type', bytes: idx(0x0a, [1], [0]), message: /is not an IDX file/ },
  ])('refuses $fault', ({ bytes, message }) => {
    expect(() => parseIdx(bytes)).toThrow(DamagedFileError);
    expect(() => parseIdx(bytes)).toThrow(message);
  });

  it('refuses sizes beyond all memory without allocating for them', () => {
    const absurd = idx(0x0e, Array<number>(255).fill(0xffffffff), []);
    expect(() => parseIdx(absurd)).toThrow(/truncated.*calls for Infinity bytes/);
    expect(() => parseIdx(idx(8, [0xffffffff, 0xffffffff, 0], [1]))).toThrow(/trailing/);
  });

  it('names its source', () => {
    expect(() => parseIdx(new Uint8Array(), 'labels.gz')).toThrow('parseIdx: labels.gz is damaged');
  });

  it('of any bytes returns what fits the header or throws an error of its own', () => {
    const likeIdx = fc
      .tuple(
        fc.constantFrom(8, 9, 11, 12, 13, 14),
        fc.array(fc.nat(5), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 300 }),
      )
      .map(([type, shape, values]) => idx(type, shape, [...values]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), likeIdx), (bytes) => {
        try {
          const { data, shape } = parseIdx(bytes);
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
          expect(4 + 4 * shape.length + data.byteLength).toBe(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedFileError);
          expect((error as DamagedFileError).message).toMatch(/^parseIdx: /);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('reads back any array it is given', () => {
    const sized = fc.array(fc.nat(6), { maxLength: 4 }).chain((shape) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return fc.tuple(fc.constant(shape), fc.uint8Array({ minLength: count, maxLength: count }));
    });
    fc.assert(
      fc.property(sized, ([shape, values]) => {
        expect(parseIdx(idx(8, shape, [...values]))).toEqual({ data: new Uint8Array(values), shape });
      }),
      { seed: 1 },
    );
  });
});
