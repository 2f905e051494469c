/**
 * The one error that reading or writing a file can end in. A caller catches it to tell a damaged or hostile file
 * from a bug, and reads `code` to tell the two thirds of a download that arrived from a file of another kind.
 */

/**
 * What is wrong with a file, for programs; the message says it for people.
 *
 * - `truncated`: the file ends before its header or its data does
 * - `header-too-large`: the header exceeds 100 MB, the limit of the reference implementation
 * - `invalid-header`: the header is not UTF-8, not JSON, or not an object of `dtype`, `shape`, `data_offsets`
 * - `duplicate-key`: a name occurs twice
 * - `invalid-name`: a name is `__proto__`, is the reserved `__metadata__`, or holds half a surrogate pair
 * - `invalid-metadata`: `__metadata__` is not an object of strings
 * - `unknown-dtype`: a tensor to write, or asked for, has a dtype that this package does not know
 * - `invalid-shape`: a dimension is negative or not an integer
 * - `invalid-offsets`: tensors overlap, leave a gap, run backwards, or bytes follow the last one
 * - `size-mismatch`: shape times dtype does not equal the bytes given, or ends inside a byte
 * - `overflow`: a size exceeds 2^53 - 1
 */
export type SafetensorsErrorCode =
  | 'truncated'
  | 'header-too-large'
  | 'invalid-header'
  | 'duplicate-key'
  | 'invalid-name'
  | 'invalid-metadata'
  | 'unknown-dtype'
  | 'invalid-shape'
  | 'invalid-offsets'
  | 'size-mismatch'
  | 'overflow';

/** A `.safetensors` file that cannot be read, or tensors that cannot be written. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  /** What went wrong, for programs. */
  readonly code: SafetensorsErrorCode;

  constructor(code: SafetensorsErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** Holds for errors of another copy of this package too: a program may have its ES modules and its CommonJS build. */
  static override [Symbol.hasInstance](value: unknown): value is SafetensorsError {
    return value instanceof Error && value.name === 'SafetensorsError';
  }
}
