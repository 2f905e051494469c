/**
 * The error of a file that is not what it should be: truncated, altered, or another one under its name.
 */

/** A damaged file, by name, and where in it the fault was found. */
export class DamagedFileError extends Error {
  /** What the file is called. */
  readonly file: string;
  /** Byte, from 0 on, where that is known. */
  readonly offset: number | undefined;

  /** @param reader Whose error it is, which opens the message. */
  constructor(
    reader: string,
    { file, offset, fault }: { file: string; offset?: number | undefined; fault: string },
    options?: ErrorOptions,
  ) {
    const where = offset === undefined ? '' : ` at byte ${offset}`;
    super(`${reader}: ${file} is damaged${where}: ${fault}; fetch it again`, options);
    this.name = 'DamagedFileError';
    this.file = file;
    this.offset = offset;
  }
}
