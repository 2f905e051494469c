/**
 * Reads little-endian fields one after the other; what is not there is an error that says where.
 */

import type { TorchFileErrorCode } from './torchFileError.js';
import { TorchFileError } from './torchFileError.js';

/** What a cursor reads. */
export interface CursorSource {
  readonly bytes: Uint8Array;
  /** Where they begin in the file, for errors. */
  readonly start: number;
  /** What they are, for errors. */
  readonly field: string;
}

/** A position in some bytes. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly field: string;
  /** Counts from the beginning of `bytes`. */
  position = 0;
  private readonly start: number;
  private readonly view: DataView;

  constructor({ bytes, start, field }: CursorSource) {
    this.bytes = bytes;
    this.start = start;
    this.field = field;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  /** The byte of the file at a position. */
  byteAt(position: number): number {
    return this.start + position;
  }

  /** Passes `count` bytes and gives where they began. */
  skip(count: number): number {
    const at = this.position;
    // Written so that a count beyond 2^53 does not round into range.
    if (!(count <= this.bytes.length - at))
      throw this.error('truncated', `expected ${count} more bytes, got ${this.bytes.length - at}`);
    this.position = at + count;
    return at;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const at = this.skip(count);
    return this.bytes.subarray(at, at + count);
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  /** A count of eight bytes; beyond 2^53 - 1 it is refused, negative ones too, which wrap to there. */
  u64(): number {
    const at = this.skip(8);
    const value = this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
    if (Number.isSafeInteger(value)) return value;
    throw this.error('too-large', `a count of ${this.view.getBigUint64(at, true)}`, at);
  }

  /** A double in the byte order of pickles, which is the other one. */
  f64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** The bytes up to a newline, which is passed. */
  line(maxLength: number): Uint8Array {
    const at = this.position;
    const length = this.bytes.subarray(at, at + maxLength + 1).indexOf(0x0a);
    if (length === -1) throw this.error('invalid-pickle', `expected a line of at most ${maxLength} bytes`);
    this.position = at + length + 1;
    return this.bytes.subarray(at, at + length);
  }

  /** An error that names a position, the current one unless told. */
  error(code: TorchFileErrorCode, message: string, position: number = this.position): TorchFileError {
    return new TorchFileError(code, { byte: this.byteAt(position), field: this.field }, message);
  }
}
