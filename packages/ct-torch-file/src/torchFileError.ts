/**
 * The one error that reading a file can end in: a caller catches it to tell a damaged, hostile or foreign file from a
 * bug.
 */

/**
 * What is wrong with a file, for programs; the message says it for people.
 *
 * - `not-a-torch-file`: the first bytes are those of something else
 * - `truncated`: the file ends before something that it announces
 * - `invalid-archive`: the zip container contradicts itself
 * - `checksum`: an entry of the archive has other bytes than its CRC-32 says
 * - `invalid-pickle`: the pickle is damaged, or uses what torch.save never writes
 * - `refused`: the pickle asks for a class or function that is not on the list of harmless ones
 * - `unsupported`: an older or rarer form of the format, big-endian numbers, quantised and sparse tensors
 * - `invalid-tensor`: a tensor reaches outside its storage, or storage and archive disagree
 * - `too-large`: reading the file would take more memory than it is allowed
 * - `no-state-dict`: there is no dictionary of tensors, or several and no telling which is meant
 */
export type TorchFileErrorCode =
  | 'not-a-torch-file'
  | 'truncated'
  | 'invalid-archive'
  | 'checksum'
  | 'invalid-pickle'
  | 'refused'
  | 'unsupported'
  | 'invalid-tensor'
  | 'too-large'
  | 'no-state-dict';

/** Where in a file something is wrong. */
export interface FilePlace {
  /** The byte, counted in the file; inside a deflated entry, in what it unpacks to. Null where no byte is meant. */
  readonly byte: number | null;
  /** What is read there, such as `data.pkl` or `data/3`. */
  readonly field: string;
}

/** A file of PyTorch that cannot be read. */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';
  /** What went wrong, for programs. */
  readonly code: TorchFileErrorCode;
  /** Where. */
  readonly place: FilePlace;

  constructor(code: TorchFileErrorCode, place: FilePlace, message: string) {
    super(`parseTorchFile: ${place.field}${place.byte === null ? '' : `, byte ${place.byte}`}: ${message}`);
    this.code = code;
    this.place = place;
  }

  /** Holds for errors of another copy of this package too: a program may have its ES modules and its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): value is TorchFileError {
    return value instanceof Error && value.name === 'TorchFileError';
  }
}
