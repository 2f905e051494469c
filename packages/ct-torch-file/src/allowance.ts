/**
 * How much memory a file may cost. A file of a few bytes can ask for gigabytes: by deflating zeros, by a tensor that
 * repeats one number, by a pickle that makes an object of every byte. All of it is counted against the size of the
 * file, before it is made.
 */

import type { FilePlace } from './torchFileError.js';
import { TorchFileError } from './torchFileError.js';

/** What any file may cost, however small: the values of some thousands of tensors. */
const FREE_BYTES = 2 ** 24;

/** What a value of a pickle takes at most, the places that refer to it included. */
const VALUE_BYTES = 96;

/** What is left to one file. */
export class Allowance {
  private bytes: number;

  /**
   * @param fileBytes The size of the file: as many bytes may be made beside it, and 16 MiB.
   * @param extraBytes Bytes beyond these that the caller allows.
   */
  constructor(fileBytes: number, extraBytes: number) {
    this.bytes = fileBytes + FREE_BYTES + extraBytes;
  }

  /**
   * Takes memory for `count` bytes.
   *
   * @throws TorchFileError `too-large`
   */
  takeBytes(count: number, place: FilePlace): void {
    if (count > this.bytes) {
      throw new TorchFileError(
        'too-large',
        place,
        `takes ${count} bytes of memory where ${this.bytes} are left of what the size of the file allows; if you ` +
          `trust the file, pass {extraBytes: ${count - this.bytes}} or more`,
      );
    }
    this.bytes -= count;
  }

  /**
   * Takes memory for a value of the pickle, and `more` bytes.
   *
   * @throws TorchFileError `too-large`
   */
  takeValue(place: FilePlace, more = 0): void {
    this.bytes -= VALUE_BYTES + more;
    if (this.bytes < 0)
      throw new TorchFileError('too-large', place, 'more values than a file of this size has use for');
  }
}
