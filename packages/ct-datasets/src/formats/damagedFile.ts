/**
 * The error of a file that is not what it should be: truncated, altered, or another one under its name.
 */

import { printable } from '../printable.js';

/** What is wrong with a file. */
export interface FileFault {
  /** What the file is called. */
  readonly file: string;
  /** Byte, from 0 on, where that is known. */
  readonly offset?: number | undefined;
  readonly fault: string;
  /** What to do about it; `'fetch it again'` unless told. */
  readonly cure?: string | undefined;
}

/** A damaged file, by name, and where in it the fault was found. */
export class DamagedFileError extends Error {
  /** What the file is called. */
  readonly file: string;
  /** Byte, from 0 on, where that is known. */
  readonly offset: number | undefined;

  /** @param reader Whose error it is, which opens the message. */
  constructor(reader: string, { file, offset, fault, cure = 'fetch it again' }: FileFault, options?: ErrorOptions) {
    const where = offset === undefined ? '' : ` at byte ${offset}`;
    super(`${reader}: ${printable(file)} is damaged${where}: ${fault}; ${cure}`, options);
    this.name = 'DamagedFileError';
    this.file = file;
    this.offset = offset;
  }
}
