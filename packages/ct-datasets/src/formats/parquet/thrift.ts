/**
 * Thrift's compact protocol, in which Parquet says what is where: numbers, texts, lists and structs, never believed
 * about how long they are.
 */

/** Raises the error of a damaged file: what is wrong, and at which byte of what is read. */
export type Fault = (what: string, at: number) => Error;

/** A value; whole numbers of 64 bits as the nearest double. */
export type ThriftValue = boolean | number | Uint8Array | readonly ThriftValue[] | ThriftStruct;
/** A struct, by the numbers of its fields. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

// Of what Parquet writes nothing lies deeper than 8.
const DEEPEST = 24;

/** Reads one value after the other; the end of the bytes is an error, not a value. */
export class ThriftReader {
  /** The next byte. */
  at: number;
  private readonly bytes: Uint8Array;
  private readonly fault: Fault;

  constructor(bytes: Uint8Array, at: number, fault: Fault) {
    this.bytes = bytes;
    this.at = at;
    this.fault = fault;
  }

  /** @throws the error of `fault` for what is no struct, ends too early or lies too deep. */
  struct(depth: number = 0): ThriftStruct {
    if (depth > DEEPEST) throw this.fault('its structs lie too deep', this.at);
    const fields = new Map<number, ThriftValue>();
    let field = 0;
    for (;;) {
      const head = this.byte();
      const type = head & 15;
      if (type === 0) return fields;
      field = head >> 4 === 0 ? this.zigzag() : field + (head >> 4);
      fields.set(field, this.value(type, depth));
    }
  }

  private value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
        return true;
      case 2:
        return false;
      case 3:
        return (this.byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.zigzag();
      case 7:
        return new DataView(this.take(8).slice().buffer).getFloat64(0, true);
      case 8:
        return this.take(this.varint());
      case 9:
      case 10:
        return this.list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw this.fault(`${type} is no kind of value`, this.at);
    }
  }

  private list(depth: number): ThriftValue[] {
    const head = this.byte();
    const type = head & 15;
    const length = head >> 4 === 15 ? this.varint() : head >> 4;
    // Every element takes a byte at least.
    if (length > this.bytes.length - this.at) throw this.fault(`a list of ${length} does not fit`, this.at);
    if (depth > DEEPEST) throw this.fault('its lists lie too deep', this.at);
    const isFlag = type === 1 || type === 2;
    return Array.from({ length }, () => (isFlag ? this.byte() === 1 : this.value(type, depth + 1)));
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw this.fault('it ends too early', this.bytes.length);
    return byte;
  }

  private take(length: number): Uint8Array {
    const end = this.at + length;
    if (!(length >= 0 && end <= this.bytes.length))
      throw this.fault(`${length} bytes do not fit`, Math.min(this.at, this.bytes.length));
    return this.bytes.subarray(this.at, (this.at = end));
  }

  /** Seven bits a byte, the lowest first; beyond 2^53 the nearest double. */
  private varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 63; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.fault('a number has more than 64 bits', this.at);
  }

  private zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
