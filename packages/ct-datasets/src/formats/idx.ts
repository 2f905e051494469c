/**
 * The IDX format of MNIST and its relatives: two zero bytes, a type byte, the rank, the sizes as big-endian uint32,
 * then the values in row-major order, big-endian too. Described at http://yann.lecun.com/exdb/mnist/.
 */
import { bytes as bytesSchema, check, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { DamagedFileError } from './damagedFile.js';

/** An array read from an IDX file; `data` is row-major of `shape`. */
export interface IdxArray {
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
  readonly shape: readonly number[];
}

export const parseIdxArguments: Entries<{ bytes: Uint8Array; source: string }> = { bytes: bytesSchema, source: text };

/**
 * Reads an unpacked IDX file; for one that may be gzipped, see `readIdx`.
 *
 * The values are copied, the array does not keep `bytes` alive. Nothing is allocated before the header has been
 * held against the true length.
 *
 * @param bytes The whole file.
 * @param source What the file is called in errors.
 * @throws DamagedFileError when the header is not IDX or the file is shorter or longer than the header says.
 */
export function parseIdx(bytes: Uint8Array, source = 'the file'): IdxArray {
  check('parseIdx', parseIdxArguments, { bytes, source });
  const header = parseIdxHeader(bytes, source);
  if (!header)
    throw new DamagedFileError('parseIdx', {
      file: source,
      offset: bytes.length,
      fault: 'it ends within its header',
    });
  const { shape, type, start, length } = header;
  if (bytes.length !== length) {
    const what = bytes.length < length ? 'it is truncated' : 'it has trailing bytes';
    throw new DamagedFileError('parseIdx', {
      file: source,
      offset: Math.min(bytes.length, length),
      fault: `${what}: shape [${shape.join(', ')}] calls for ${length} bytes, got ${bytes.length}`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length - start);
  return { data: type.read(view), shape };
}

/** What the first bytes of an IDX file promise. */
export interface IdxHeader {
  readonly shape: readonly number[];
  readonly type: ValueType;
  /** Where the values begin. */
  readonly start: number;
  /** Bytes of the whole file; infinite when the sizes are absurd. */
  readonly length: number;
}

/**
 * The header of an IDX file, or undefined when `bytes` end before it does.
 *
 * @throws DamagedFileError when it is not the header of an IDX file.
 */
export function parseIdxHeader(bytes: Uint8Array, source: string): IdxHeader | undefined {
  const [zero, alsoZero, code, rank] = bytes;
  if (zero === undefined || alsoZero === undefined || code === undefined || rank === undefined) return undefined;
  const type = valueTypes.get(code);
  if (zero !== 0 || alsoZero !== 0 || !type) {
    if (String.fromCharCode(zero) === '<') {
      throw new DamagedFileError('parseIdx', {
        file: source,
        offset: 0,
        fault: 'it is not an IDX file but a page of HTML or XML',
        cure: 'a server that lacks the file may answer with its index.html: put the file there, or mend the address',
      });
    }
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new DamagedFileError('parseIdx', {
      file: source,
      offset: 0,
      fault: `it is not an IDX file: it must begin with 00 00, a type (08 09 0b 0c 0d 0e) and the rank, got ${start}`,
    });
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  // 0 first: with 255 sizes the product may overflow to infinity, and 0 times infinity is not a number.
  const count = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  return { shape, type, start, length: start + count * type.bytes };
}

interface ValueType {
  readonly bytes: number;
  readonly read: (view: DataView) => IdxArray['data'];
}

/** The reader of each type byte. */
const valueTypes: ReadonlyMap<number, ValueType> = new Map([
  [0x08, { bytes: 1, read: (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice() }],
  [0x09, { bytes: 1, read: (view) => new Int8Array(view.buffer, view.byteOffset, view.byteLength).slice() }],
  [
    0x0b,
    { bytes: 2, read: (view) => Int16Array.from({ length: view.byteLength / 2 }, (_, i) => view.getInt16(2 * i)) },
  ],
  [
    0x0c,
    { bytes: 4, read: (view) => Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(4 * i)) },
  ],
  [
    0x0d,
    { bytes: 4, read: (view) => Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i)) },
  ],
  [
    0x0e,
    { bytes: 8, read: (view) => Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i)) },
  ],
] satisfies [number, ValueType][]);
