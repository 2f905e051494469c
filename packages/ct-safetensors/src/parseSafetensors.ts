/**
 * The reader. The file is eight bytes of header length, a JSON header, and the tensors' bytes without gaps; every
 * claim of the header is checked against the bytes that are there before the first array is made, so that a short,
 * damaged or hostile file costs an exception and nothing else.
 */

import { isBytes, kindOf } from './arrayKind.js';
import type { TensorInfo } from './parseHeader.js';
import { parseHeader, quote } from './parseHeader.js';
import type { Dtype, DtypeArrayConstructor, SafeTensor } from './safeTensor.js';
import { byteLengthOf, dtypes, isDtype } from './safeTensor.js';
import { TensorMap } from './tensorMap.js';
import { SafetensorsError } from './safetensorsError.js';
import { decodeUtf8 } from './utf8.js';

/** What a file holds. */
export interface SafetensorsFile {
  /** The tensors by name, in the file's order. To `get` one that was skipped is an error that says why. */
  readonly tensors: Map<string, SafeTensor>;
  /** The names of tensors of a dtype that this package does not know, and why each was skipped. */
  readonly skipped: ReadonlyMap<string, string>;
  /** The free-form metadata, empty where there is none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The longest header read or written, in bytes: `MAX_HEADER_SIZE` of the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads a `.safetensors` file.
 *
 * A tensor whose bytes lie aligned in memory is a *view*: no copy, and it changes when `bytes` does. Files of the
 * reference writer are aligned throughout when `bytes` begins at a multiple of 8; elsewhere a tensor is copied.
 *
 * A tensor of a dtype that is not in the format (0.8.0) does not hide the others: it is left out and reported in
 * `skipped`. Its size cannot be checked, its place among the other tensors is.
 *
 * @param bytes The whole file.
 * @throws TypeError where `bytes` is not bytes, such as a path.
 * @throws SafetensorsError for every file that breaks the format; see `SafetensorsErrorCode`.
 * @throws RangeError on a big-endian machine; the format is little-endian and so are typed arrays elsewhere.
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensors(bytes: ArrayBuffer | Uint8Array): SafetensorsFile {
  assertLittleEndian('parseSafetensors');
  // Callers without TypeScript can pass anything here.
  if (!isBytes(bytes)) {
    throw new TypeError(
      `parseSafetensors: bytes must be an ArrayBuffer or a Uint8Array, got ${kindOf(bytes)}; read the file ` +
        'first, by readFile or response.arrayBuffer()',
    );
  }
  // A Node Buffer slices into views; a plain Uint8Array behaves the same everywhere.
  const file = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  const headerBytes = readHeaderLength(file);
  const { tensors, metadata } = parseHeader(decodeHeader(file.slice(8, 8 + headerBytes)));
  const body = file.subarray(8 + headerBytes);
  checkLayout(tensors, body.byteLength);
  const known: [string, SafeTensor][] = [];
  const skipped = new Map<string, string>();
  for (const [name, info] of tensors) {
    if (isDtype(info.dtype)) known.push([name, makeTensor(name, { ...info, dtype: info.dtype }, body)]);
    else skipped.set(name, `its dtype ${quote(info.dtype)} is unknown; known are ${Object.keys(dtypes).join(', ')}`);
  }
  return { tensors: skipped.size > 0 ? new TensorMap(known, skipped, refusal) : new Map(known), skipped, metadata };
}

function refusal(name: string, reason: string): SafetensorsError {
  return new SafetensorsError('unknown-dtype', `parseSafetensors: tensor ${quote(name)} was skipped: ${reason}`);
}

/**
 * Refuses machines whose typed arrays have the other byte order.
 *
 * @throws RangeError
 */
export function assertLittleEndian(caller: string): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new RangeError(`${caller}: expected a little-endian machine, got a big-endian one`);
  }
}

function readHeaderLength(file: Uint8Array): number {
  if (file.byteLength < 8) {
    throw new SafetensorsError('truncated', `parseSafetensors: expected at least 8 bytes, got ${file.byteLength}`);
  }
  // As a length these would be more than the limit too.
  if (
    /^\s*<(!doctype|html|head|!--|\?xml)/i.test(
      String.fromCharCode(...file.subarray(0, 64)).replace('\u00ef\u00bb\u00bf', ''),
    )
  ) {
    throw new SafetensorsError(
      'invalid-header',
      'parseSafetensors: expected a .safetensors file, got a page of HTML; a server that lacks the file may ' +
        'answer with its index.html: put the file there, or mend the address',
    );
  }
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      'header-too-large',
      `parseSafetensors: the header must not exceed ${MAX_HEADER_BYTES} bytes, got ${String(length)}; is this ` +
        'a .safetensors file?',
    );
  }
  if (length > file.byteLength - 8) {
    throw new SafetensorsError(
      'truncated',
      `parseSafetensors: the header needs ${String(length)} bytes, but ${file.byteLength - 8} follow; was ` +
        'the file cut short?',
    );
  }
  return Number(length);
}

function decodeHeader(bytes: Uint8Array): string {
  // The reference wants the brace first; spaces may only follow, as padding.
  if (bytes[0] !== 0x7b) {
    throw new SafetensorsError(
      'invalid-header',
      'parseSafetensors: the header must begin with "{"; is this a .safetensors file?',
    );
  }
  try {
    return decodeUtf8(bytes);
  } catch {
    throw new SafetensorsError('invalid-header', 'parseSafetensors: the header is not UTF-8');
  }
}

/** Checks that the tensors cover the body from its first byte to its last, each byte once. */
function checkLayout(tensors: Map<string, TensorInfo>, bodyBytes: number): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    const subject = `parseSafetensors: tensor ${quote(name)}`;
    if (end < begin)
      throw new SafetensorsError('invalid-offsets', `${subject} ends at ${end}, before it begins at ${begin}`);
    if (begin < covered)
      throw new SafetensorsError(
        'invalid-offsets',
        `${subject} begins at ${begin}, inside another that ends at ${covered}`,
      );
    if (begin > covered)
      throw new SafetensorsError('invalid-offsets', `${subject} begins at ${begin} and leaves a gap from ${covered}`);
    if (end > bodyBytes)
      throw new SafetensorsError(
        'truncated',
        `${subject} ends at byte ${end} of the data, but there are ${bodyBytes}; was the file cut short?`,
      );
    covered = end;
  }
  if (covered < bodyBytes) {
    throw new SafetensorsError(
      'invalid-offsets',
      `parseSafetensors: ${bodyBytes - covered} bytes follow the last tensor`,
    );
  }
}

function makeTensor(
  name: string,
  { dtype, shape, begin, end }: TensorInfo & { dtype: Dtype },
  body: Uint8Array,
): SafeTensor {
  const subject = `parseSafetensors: tensor ${quote(name)}`;
  const bytes = byteLengthOf(dtype, shape, subject);
  if (bytes !== end - begin) {
    throw new SafetensorsError(
      'size-mismatch',
      `${subject}: ${dtype} of its shape takes ${bytes} bytes, its offsets give ${end - begin}`,
    );
  }
  const DtypeArray: DtypeArrayConstructor<SafeTensor['data']> = dtypes[dtype].array;
  const width = DtypeArray.BYTES_PER_ELEMENT;
  const aligned = (body.byteOffset + begin) % width === 0;
  const source = aligned ? body.subarray(begin, end) : body.slice(begin, end);
  const data = new DtypeArray(source.buffer, source.byteOffset, bytes / width);
  return { dtype, shape, data } as SafeTensor;
}
