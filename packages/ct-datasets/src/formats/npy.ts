/**
 * NumPy's format of one array: a header in Python's notation, then the values.
 *
 * Format: numpy/lib/format.py, versions 1.0 to 3.0. Values are read in C order, of either byte order; Python objects
 * and structures are not.
 */
import { DamagedFileError } from './damagedFile.js';

/** What the header of an array says. */
export interface NpyHeader {
  readonly shape: readonly number[];
  /** `u1`, `i8`, `f4`, …: kind and bytes of a value; `b1` is a truth value. */
  readonly type: string;
  readonly isLittleEndian: boolean;
  /** Byte where the values begin. */
  readonly start: number;
  /** Bytes of a value. */
  readonly width: number;
  /** Bytes of the whole file. */
  readonly length: number;
}

/** An array in memory, row-major of `shape`. */
export interface NpyArray {
  readonly data:
    Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
  readonly shape: readonly number[];
  /** Byte of the file where the values begin. */
  readonly start: number;
  /** Bytes from a value to the next. */
  readonly width: number;
}

/** How many first bytes are enough for the header of any array of numbers. */
export const NPY_HEAD = 4096;

/**
 * The header of an array.
 *
 * @param head The first {@link NPY_HEAD} bytes, or the whole file.
 * @throws DamagedFileError where it is none, or of values that are not read.
 */
export function parseNpyHeader(head: Uint8Array, file: string): NpyHeader {
  const fault = (what: string, offset = 0): DamagedFileError =>
    new DamagedFileError('parseNpy', { file, offset, fault: what });
  const text = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  if (text(0, 6) !== '\x93NUMPY') throw fault('it does not begin as an array of NumPy');
  const [major = 0] = head.subarray(6, 7);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const wide = major >= 2;
  const start = wide ? 12 : 10;
  if (major < 1 || major > 3) throw fault(`version ${major} of the format is not known`, 6);
  if (head.length < start) throw fault('it ends within its header', head.length);
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (start + length > head.length)
    throw fault(`its header of ${length} bytes is longer than the file or than is read`, 8);
  const header = text(start, start + length);
  const [, descr = ''] = /'descr'\s*:\s*'([^']*)'/.exec(header) ?? [];
  const [, order] = /'fortran_order'\s*:\s*(True|False)/.exec(header) ?? [];
  const [, sides] = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header) ?? [];
  const [, endian, type, kind, bytes] = /^([<>|=])(([biuf])(\d))$/.exec(descr) ?? [];
  if (order === undefined || sides === undefined || descr === '')
    throw fault(`its header ${JSON.stringify(header.trim().slice(0, 80))} lacks descr, fortran_order or shape`, start);
  if (order === 'True') throw fault('its values are in the order of Fortran, which is not read', start);
  const known = ['b1', 'u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'];
  if (type === undefined || !known.includes(`${kind}${bytes}`))
    throw fault(`its values of the type ${JSON.stringify(descr)} are not read`, start);
  const shape = sides.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]));
  const count = shape.includes(0) ? 0 : shape.reduce((product, side) => product * side, 1);
  const width = Number(bytes);
  const at = start + length;
  if (!Number.isSafeInteger(at + count * width))
    throw fault(`its shape [${shape.join(', ')}] is beyond all bounds`, start);
  return { shape, type, isLittleEndian: endian !== '>', start: at, width, length: at + count * width };
}

/**
 * A whole array. Integers of 64 bits become int32 where all fit it.
 *
 * @throws DamagedFileError where the file is shorter or longer than its header says, or an integer does not fit.
 */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  const header = parseNpyHeader(bytes, file);
  const { shape, start, width, length } = header;
  if (bytes.length !== length)
    throw new DamagedFileError('parseNpy', {
      file,
      offset: Math.min(bytes.length, length),
      fault: `its shape [${shape.join(', ')}] calls for ${length} bytes, it has ${bytes.length}`,
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length - start);
  return { data: valuesOf(view, header, file), shape, start, width };
}

function valuesOf(
  view: DataView,
  { type, width, isLittleEndian: little, start }: NpyHeader,
  file: string,
): NpyArray['data'] {
  const from = { length: view.byteLength / width };
  switch (type) {
    case 'b1':
    case 'u1':
      return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    case 'i1':
      return new Int8Array(view.buffer, view.byteOffset, view.byteLength).slice();
    case 'u2':
      return Uint16Array.from(from, (_, i) => view.getUint16(2 * i, little));
    case 'i2':
      return Int16Array.from(from, (_, i) => view.getInt16(2 * i, little));
    case 'u4':
      return Uint32Array.from(from, (_, i) => view.getUint32(4 * i, little));
    case 'i4':
      return Int32Array.from(from, (_, i) => view.getInt32(4 * i, little));
    case 'f4':
      return Float32Array.from(from, (_, i) => view.getFloat32(4 * i, little));
    case 'f8':
      return Float64Array.from(from, (_, i) => view.getFloat64(8 * i, little));
    default:
      return Int32Array.from(from, (_, i) => {
        const value = type === 'u8' ? view.getBigUint64(8 * i, little) : view.getBigInt64(8 * i, little);
        if (value >= -(2n ** 31n) && value < 2n ** 31n) return Number(value);
        throw new DamagedFileError('parseNpy', { file, offset: start + 8 * i, fault: `${value} is beyond 32 bits` });
      });
  }
}
