/**
 * The values of a column of a Parquet file, page by page: bytes and whole numbers, plain or by a dictionary.
 */
import type { ColumnChunk } from './footer.js';
import { wholeOf } from './footer.js';
import { unpackSnappy } from './snappy.js';
import type { Fault, ThriftStruct } from './thrift.js';
import { ThriftReader } from './thrift.js';

/** A value of a column, or null where there is none. */
export type ColumnValue = Uint8Array | number | null;

interface Body {
  readonly bytes: Uint8Array;
  /** Where it lies in the piece, for errors. */
  readonly at: number;
  readonly fault: Fault;
}

const DATA = 0;
const DICTIONARY = 2;
const DATA_V2 = 3;
const PLAIN = 0;
const BY_DICTIONARY: readonly number[] = [2, 8];

/**
 * The `rows` values of a piece of a column.
 *
 * No loop here runs longer than the bytes and `rows` say, whatever a page promises of itself.
 *
 * @throws the error of `fault`, with the byte of the piece, for a page that is no page, another number of values, and
 * encodings, kinds and compressions other than those above.
 */
export function columnValues(piece: Uint8Array, column: ColumnChunk, rows: number, fault: Fault): ColumnValue[] {
  const values: ColumnValue[] = [];
  let dictionary: readonly ColumnValue[] = [];
  let at = 0;
  while (values.length < rows) {
    const reader = new ThriftReader(piece, at, fault);
    const header = reader.struct();
    const inPage: Fault = (what) => fault(what, at);
    const kind = wholeOf(header, 1, inPage);
    const packed = wholeOf(header, 3, inPage);
    const start = reader.at;
    if (start + packed > piece.length) throw fault(`a page of ${packed} bytes does not fit`, at);
    const page = { bytes: piece.subarray(start, start + packed), at: start, fault };
    const size = wholeOf(header, 2, inPage);
    if (kind === DICTIONARY) {
      const described = part(header, 7, inPage);
      const body = unpackedBody(page, column, size);
      dictionary = plainValues(body, column.type, wholeOf(described, 1, inPage));
    } else if (kind === DATA || kind === DATA_V2) {
      const described = part(header, kind === DATA ? 5 : 8, inPage);
      const count = wholeOf(described, 1, inPage);
      // A page without values would be followed by the same one for ever.
      if (count === 0 && packed === 0) throw fault('a page is empty', at);
      if (count > rows - values.length) throw fault(`a page has ${count} values of ${rows - values.length} left`, at);
      const data = kind === DATA ? dataPage(page, column, { size, count }) : dataPageV2(page, column, described, size);
      const encoding = wholeOf(described, kind === DATA ? 2 : 4, inPage);
      const present = data.present.reduce((sum, there) => sum + there, 0);
      const read = valuesOf(data.body, encoding, { type: column.type, count: present, dictionary });
      let next = 0;
      for (const there of data.present) values.push(there ? read[next++]! : null);
    } else throw fault(`${kind} is no kind of page`, at);
    at = start + packed;
  }
  return values;
}

function part(header: ThriftStruct, field: number, fault: Fault): ThriftStruct {
  const value = header.get(field);
  if (value instanceof Map) return value;
  throw fault('a page does not say what it holds', 0);
}

function unpackedBody({ bytes, at, fault }: Body, { codec }: ColumnChunk, size: number): Body {
  if (codec === 1) return { bytes: unpackSnappy(bytes, size, { at, fault }), at, fault };
  if (codec !== 0) throw fault(`compression ${codec} is not one of 0 (none) and 1 (Snappy)`, at);
  if (bytes.length !== size) throw fault(`a page has ${bytes.length} bytes, not ${size}`, at);
  return { bytes, at, fault };
}

interface DataPage {
  readonly body: Body;
  /** 1 where there is a value, 0 where none. */
  readonly present: Uint8Array;
}

/** Levels with their length before them, then values, packed together. */
function dataPage(page: Body, column: ColumnChunk, { size, count }: { size: number; count: number }): DataPage {
  const { bytes, at, fault } = unpackedBody(page, column, size);
  if (column.levels === 0) return { body: { bytes, at, fault }, present: new Uint8Array(count).fill(1) };
  if (bytes.length < 4) throw fault('a page ends in its levels', at);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length > bytes.length - 4) throw fault(`levels of ${length} bytes do not fit their page`, at);
  return {
    present: presence({ bytes: bytes.subarray(4, 4 + length), at, fault }, column.levels, count),
    body: { bytes: bytes.subarray(4 + length), at, fault },
  };
}

/** Levels as they are, of a length that the header says, then values, which alone are packed. */
function dataPageV2({ bytes, at, fault }: Body, column: ColumnChunk, header: ThriftStruct, size: number): DataPage {
  const inHeader: Fault = (what) => fault(what, at);
  const [levels, before] = [wholeOf(header, 5, inHeader), wholeOf(header, 6, inHeader)];
  const count = wholeOf(header, 1, inHeader);
  const start = before + levels;
  if (start > bytes.length || start > size) throw fault(`levels of ${start} bytes do not fit their page`, at);
  const rest = { bytes: bytes.subarray(start), at, fault };
  return {
    present:
      column.levels === 0
        ? new Uint8Array(count).fill(1)
        : presence({ bytes: bytes.subarray(before, start), at, fault }, column.levels, count),
    body: header.get(7) === false ? rest : unpackedBody(rest, column, size - start),
  };
}

function presence(body: Body, levels: number, count: number): Uint8Array {
  const found = hybrid(body, 32 - Math.clz32(levels), count);
  return Uint8Array.from(found, (level) => (level === levels ? 1 : 0));
}

function valuesOf(
  body: Body,
  encoding: number,
  { type, count, dictionary }: { type: number; count: number; dictionary: readonly ColumnValue[] },
): ColumnValue[] {
  const { bytes, at, fault } = body;
  if (encoding === PLAIN) return plainValues(body, type, count);
  if (!BY_DICTIONARY.includes(encoding)) throw fault(`encoding ${encoding} is not one of 0 (plain), 2 and 8`, at);
  if (count === 0) return [];
  const [width] = bytes;
  if (width === undefined || width > 32) throw fault(`indices of ${width} bits`, at);
  return Array.from(hybrid({ bytes: bytes.subarray(1), at, fault }, width, count), (index) => {
    const value = dictionary[index];
    if (value === undefined) throw fault(`index ${index} of a dictionary of ${dictionary.length}`, at);
    return value;
  });
}

function plainValues({ bytes, at, fault }: Body, type: number, count: number): ColumnValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = { 1: 4, 2: 8, 6: 4 }[type];
  if (width === undefined) throw fault(`kind ${type} is not one of 1 (int32), 2 (int64) and 6 (bytes)`, at);
  if (width * count > bytes.length) throw fault(`${count} values do not fit ${bytes.length} bytes`, at);
  let next = 0;
  return Array.from({ length: count }, () => {
    const start = next;
    next += width;
    if (next > bytes.length) throw fault('values end too early', at + start);
    if (type === 1) return view.getInt32(start, true);
    if (type === 2) return Number(view.getBigInt64(start, true));
    const length = view.getUint32(start, true);
    next += length;
    if (next > bytes.length) throw fault(`a value of ${length} bytes does not fit`, at + start);
    return bytes.subarray(start + 4, next);
  });
}

/** Whole numbers of `width` bits: runs of one of them, and eights of them packed. */
function hybrid({ bytes, at, fault }: Body, width: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  let [read, made] = [0, 0];
  const byte = (): number => {
    const value = bytes[read++];
    if (value === undefined) throw fault('numbers end too early', at + bytes.length);
    return value;
  };
  while (made < count) {
    let head = 0;
    for (let scale = 1; ; scale *= 128) {
      const value = byte();
      head += (value & 127) * scale;
      if (value < 128) break;
      if (scale > 2 ** 28) throw fault('a run has no length', at + read);
    }
    const length = Math.floor(head / 2);
    if (head % 2 === 0) {
      let value = 0;
      for (let i = 0; i < Math.ceil(width / 8); i++) value += byte() * 2 ** (8 * i);
      if (length > count - made) throw fault(`a run of ${length} numbers, of ${count - made} left`, at + read);
      values.fill(value, made, made + length);
      made += length;
    } else {
      const end = read + length * width;
      // Those beyond the last fill up an eight.
      for (let bit = read * 8; made < count && bit < end * 8; bit += width) {
        let value = 0;
        for (let i = 0; i < width; i++) {
          const position = bit + i;
          const holder = bytes[position >> 3];
          if (holder === undefined) throw fault('numbers end too early', at + bytes.length);
          value += ((holder >> (position & 7)) & 1) * 2 ** i;
        }
        values[made++] = value;
      }
      if (width === 0) made = Math.min(count, made + 8 * length);
      read = end;
    }
  }
  return values;
}
