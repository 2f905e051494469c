/**
 * MATLAB's files of version 5, as far as lists of labels need it: real numeric arrays.
 *
 * Format: "MAT-File Format", The MathWorks, chapter 1: a header of 128 bytes, then elements, each a type, a number of
 * bytes and these, to multiples of 8; arrays are elements of elements, and may be packed by zlib.
 */
import { unzlibSync } from 'fflate';
import { DamagedFileError } from './damagedFile.js';

/** A numeric array, column-major of `shape`, as MATLAB has them. */
export interface MatArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const MATRIX = 14;
const COMPRESSED = 15;
const MOST_UNPACKED = 2 ** 26;

/** Bytes and reader of each type of numbers. */
const NUMBERS: ReadonlyMap<
  number,
  readonly [bytes: number, read: (view: DataView, at: number, little: boolean) => number]
> = new Map([
  [1, [1, (view, at) => view.getInt8(at)]],
  [2, [1, (view, at) => view.getUint8(at)]],
  [3, [2, (view, at, little) => view.getInt16(at, little)]],
  [4, [2, (view, at, little) => view.getUint16(at, little)]],
  [5, [4, (view, at, little) => view.getInt32(at, little)]],
  [6, [4, (view, at, little) => view.getUint32(at, little)]],
  [7, [4, (view, at, little) => view.getFloat32(at, little)]],
  [9, [8, (view, at, little) => view.getFloat64(at, little)]],
]);

interface Element {
  readonly type: number;
  readonly body: Uint8Array;
  /** Byte of the file, or of what was unpacked of it, behind which the next element begins. */
  readonly end: number;
}

/**
 * The numeric arrays of a file; texts, cells and structures are passed over.
 *
 * @throws DamagedFileError where it is no such file, truncated, or unpacks to more than 64 MiB.
 */
export function parseMat(bytes: Uint8Array, file: string): MatArray[] {
  const fault = (what: string, offset: number): DamagedFileError =>
    new DamagedFileError('parseMat', { file, offset, fault: what });
  const mark = String.fromCharCode(...bytes.subarray(126, 128));
  if (bytes.length < 128 || (mark !== 'IM' && mark !== 'MI')) throw fault('it is no MAT file of version 5', 126);
  const little = mark === 'IM';
  const arrays: MatArray[] = [];
  for (let at = 128; at < bytes.length;) {
    const { type, body, end } = elementAt(bytes, at, little, fault);
    if (type === COMPRESSED) {
      const unpacked = unpack(body, (what) => fault(what, at));
      const inner = elementAt(unpacked, 0, little, (what) => fault(`unpacked, ${what}`, at));
      if (inner.type === MATRIX) add(inner.body, at);
      // Packed elements are not filled up to multiples of 8.
      at += 8 + body.length;
    } else {
      if (type === MATRIX) add(body, at);
      at = end;
    }
  }
  return arrays;

  function add(body: Uint8Array, at: number): void {
    const array = arrayOf(body, little, (what) => fault(what, at));
    if (array) arrays.push(array);
  }
}

function unpack(body: Uint8Array, fault: (what: string) => DamagedFileError): Uint8Array {
  // The buffer bounds what is made: what does not fit it is cut, and seen to be.
  const room = new Uint8Array(Math.min(MOST_UNPACKED, 1032 * body.length + 64));
  try {
    return unzlibSync(body, { out: room });
  } catch {
    throw fault('a packed element cannot be unpacked');
  }
}

function elementAt(
  bytes: Uint8Array,
  at: number,
  little: boolean,
  fault: (what: string, offset: number) => DamagedFileError,
): Element {
  if (at + 8 > bytes.length) throw fault('it ends within the head of an element', at);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint32(at, little);
  // Small elements have their number of bytes beside the type, and up to four bytes behind both.
  const small = first >>> 16;
  const [type, length, start] =
    small > 0 ? [first & 0xffff, small, at + 4] : [first, view.getUint32(at + 4, little), at + 8];
  if (small > 4 || start + length > bytes.length) throw fault(`an element of ${length} bytes does not fit`, at);
  const end = small > 0 ? at + 8 : start + Math.ceil(length / 8) * 8;
  return {
    type,
    body: bytes.subarray(start, start + length),
    end: Math.min(end, Math.max(bytes.length, start + length)),
  };
}

/** The array of an element's body: flags, sizes, name, real part; undefined where it is not numeric. */
function arrayOf(body: Uint8Array, little: boolean, fault: (what: string) => DamagedFileError): MatArray | undefined {
  const part = (at: number): Element => elementAt(body, at, little, (what) => fault(`in an array, ${what}`));
  const flags = part(0);
  if (flags.type !== 6 || flags.body.length !== 8) throw fault('an array has no flags');
  // 6 to 15 are the classes of numbers; before them come cells, structures, objects, texts, sparse arrays.
  const kind = new DataView(flags.body.buffer, flags.body.byteOffset, 8).getUint32(0, little) & 0xff;
  if (kind < 6 || kind > 15) return undefined;
  const sides = part(flags.end);
  const name = part(sides.end);
  const real = part(name.end);
  const shape = [...numbersOf(sides, little, fault)];
  const values = numbersOf(real, little, fault);
  if (shape.some((side) => side < 0) || shape.reduce((product, side) => product * side, 1) !== values.length)
    throw fault(`an array of shape [${shape.join(', ')}] has ${values.length} values`);
  return { name: String.fromCharCode(...name.body.subarray(0, 64)), shape, values };
}

function numbersOf({ type, body }: Element, little: boolean, fault: (what: string) => DamagedFileError): Float64Array {
  const number = NUMBERS.get(type);
  if (!number || body.length % number[0] !== 0) throw fault(`${body.length} bytes of type ${type} are no numbers`);
  const [bytes, read] = number;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return Float64Array.from({ length: body.length / bytes }, (_, i) => read(view, i * bytes, little));
}
