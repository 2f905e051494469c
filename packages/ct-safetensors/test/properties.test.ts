import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SafeTensor } from '../src/index.js';
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
  parseSafetensors,
  SafetensorsError,
  serializeSafetensors,
} from '../src/index.js';
import { dtypes, isDtype } from '../src/safeTensor.js';

/** Any tensor: each dtype, rank 0 to 4, with empty dimensions and arbitrary bits. */
const tensor: fc.Arbitrary<SafeTensor> = fc
  .tuple(fc.constantFrom(...Object.keys(dtypes).filter(isDtype)), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const { bits, array: DtypeArray } = dtypes[dtype];
    // Elements of 4 and 6 bits fill their last byte.
    const whole = bits < 8 ? [4, ...shape] : shape;
    const size = (whole.reduce((a, b) => a * b, 1) * bits) / 8;
    return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => {
      const buffer = bytes.slice().buffer;
      return {
        dtype,
        shape: whole,
        data: new DtypeArray(buffer, 0, size / DtypeArray.BYTES_PER_ELEMENT),
      } as SafeTensor;
    });
  });

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const name = fc
  .oneof(text, fc.constantFrom('constructor', 'toString', 'layer1.0.bn1.weight', '0'))
  .filter((s) => !['__proto__', '__metadata__'].includes(s));
const contents = fc.record({
  tensors: fc.uniqueArray(fc.tuple(name, tensor), { maxLength: 6, selector: ([key]) => key }),
  metadata: fc.dictionary(
    text.filter((s) => s !== '__proto__'),
    text,
    { maxKeys: 4, noNullPrototype: true },
  ),
});

const bytesOf = ({ data }: SafeTensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Parses, and lets only a SafetensorsError pass for a refusal. */
function parsesOrRefuses(bytes: Uint8Array): boolean {
  try {
    parseSafetensors(bytes);
    return true;
  } catch (error) {
    if (error instanceof SafetensorsError) return false;
    throw error;
  }
}

describe('round trip', () => {
  it('gives back every dtype, shape, bit and metadata', () => {
    fc.assert(
      fc.property(contents, ({ tensors, metadata }) => {
        const file = parseSafetensors(serializeSafetensors(tensors, metadata));
        expect(file.metadata).toEqual(metadata);
        expect([...file.tensors.keys()].sort()).toEqual(tensors.map(([key]) => key).sort());
        for (const [key, written] of tensors) {
          const read = file.tensors.get(key) as SafeTensor;
          expect(read.dtype).toBe(written.dtype);
          expect(read.shape).toEqual(written.shape);
          expect(bytesOf(read)).toEqual(bytesOf(written));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('holds wherever the file begins in its buffer', () => {
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 15 }), ({ tensors, metadata }, shift) => {
        const file = serializeSafetensors(tensors, metadata);
        const shifted = new Uint8Array(file.length + shift);
        shifted.set(file, shift);
        const read = parseSafetensors(shifted.subarray(shift));
        expect(serializeSafetensors(read.tensors, read.metadata)).toEqual(file);
      }),
    );
  });

  it('of halves and bfloat16 is the identity on what they hold', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 50 }), (values) => {
        const halves = encodeFloat16(values);
        expect(encodeFloat16(decodeFloat16(halves))).toEqual(halves);
        const brains = encodeBfloat16(values);
        expect(encodeBfloat16(decodeBfloat16(brains))).toEqual(brains);
      }),
    );
  });

  it('of float32 through halves is off by at most 2^-11 of the value in their normal range', () => {
    const inRange = fc.float({ min: -65504, max: 65504, noNaN: true }).filter((x) => Math.abs(x) >= 2 ** -14);
    fc.assert(
      fc.property(inRange, (value) => {
        const [half] = decodeFloat16(encodeFloat16(Float32Array.of(value)));
        expect(Math.abs((half as number) - value)).toBeLessThanOrEqual(2 ** -11 * Math.abs(value));
      }),
    );
  });
});

describe('a damaged file parses or gives a SafetensorsError', () => {
  it('with bytes changed', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(contents, flips, ({ tensors, metadata }, changes) => {
        const file = serializeSafetensors(tensors, metadata);
        for (const [at, change] of changes) file[at % file.length] = (file[at % file.length] as number) ^ change;
        parsesOrRefuses(file);
      }),
      { numRuns: 3000 },
    );
  });

  it('with characters of the header exchanged for others of its grammar', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\-0123456789. eu')), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(contents, changes, ({ tensors, metadata }, edits) => {
        const file = serializeSafetensors(tensors, metadata);
        const length = Number(new DataView(file.buffer).getBigUint64(0, true));
        for (const [at, character] of edits) file[8 + (at % length)] = character.charCodeAt(0);
        parsesOrRefuses(file);
      }),
      { numRuns: 3000 },
    );
  });

  it('and never parses when cut short', () => {
    fc.assert(
      fc.property(contents, fc.nat(), ({ tensors, metadata }, cut) => {
        const file = serializeSafetensors(tensors, metadata);
        expect(parsesOrRefuses(file.subarray(0, cut % file.length))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('and never parses with bytes appended', () => {
    fc.assert(
      fc.property(contents, fc.uint8Array({ minLength: 1, maxLength: 40 }), ({ tensors, metadata }, more) => {
        const file = serializeSafetensors(tensors, metadata);
        expect(parsesOrRefuses(Uint8Array.of(...file, ...more))).toBe(false);
      }),
    );
  });

  it('when it is random bytes, or random JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parsesOrRefuses(bytes)),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 20 }), (json, body) => {
        parsesOrRefuses(withHeader(json, body));
      }),
      { numRuns: 1000 },
    );
  });

  it('when its header lies about dtypes, shapes and offsets, and what parses is consistent', () => {
    const integer = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 1e30, 0.5));
    const entry = fc.record({
      dtype: fc.constantFrom('F32', 'U8', 'BOOL', 'I64', 'F4', 'F6_E2M3', 'C64', 'F5', ''),
      shape: fc.array(integer, { maxLength: 4 }),
      data_offsets: fc.oneof(fc.tuple(integer, integer), fc.array(integer, { maxLength: 3 })),
    });
    fc.assert(
      fc.property(
        fc.dictionary(text, entry, { maxKeys: 3, noNullPrototype: true }),
        fc.nat(40),
        (header, bodyBytes) => {
          const file = withHeader(JSON.stringify(header), new Uint8Array(bodyBytes));
          if (!parsesOrRefuses(file)) return;
          const { tensors, skipped } = parseSafetensors(file);
          expect([...tensors.keys(), ...skipped.keys()].sort()).toEqual(Object.keys(header).sort());
          let total = 0;
          for (const { dtype, shape, data } of tensors.values()) {
            expect(data.byteLength).toBe((shape.reduce((a, b) => a * b, 1) * dtypes[dtype].bits) / 8);
            total += data.byteLength;
          }
          for (const name of skipped.keys()) {
            const [begin, end] = (header[name] as { data_offsets: number[] }).data_offsets as [number, number];
            expect(() => tensors.get(name)).toThrow(SafetensorsError);
            total += end - begin;
          }
          expect(total).toBe(bodyBytes);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function withHeader(header: string, body: Uint8Array): Uint8Array {
  const bytes = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + bytes.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  file.set(body, 8 + bytes.length);
  return file;
}
