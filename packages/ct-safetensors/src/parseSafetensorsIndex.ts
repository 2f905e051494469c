/**
 * The index of weights that are split over several files, `model.safetensors.index.json`: a JSON object whose
 * `weight_map` says in which file each tensor is.
 */

import { isBytes, kindOf } from './arrayKind.js';
import { quote } from './parseHeader.js';
import { SafetensorsError } from './safetensorsError.js';
import { decodeUtf8 } from './utf8.js';

/** What an index says. */
export interface SafetensorsIndex {
  /** The names of the files, each once, in the order in which they are first named. */
  readonly files: readonly string[];
  /** The file of each tensor. */
  readonly tensors: ReadonlyMap<string, string>;
}

/** As long as the longest header. */
const MAX_BYTES = 100_000_000;

/**
 * Reads an index. The files are named and not read; they are in the folder of the index, and none is a path.
 *
 * @param source The whole file, or its text.
 * @throws TypeError where `source` is neither; SafetensorsError `header-too-large`, `invalid-header` where it is no
 * such index, `invalid-name` where a file's name leads out of its folder.
 */
export function parseSafetensorsIndex(source: string | ArrayBuffer | Uint8Array): SafetensorsIndex {
  if (typeof source !== 'string' && !isBytes(source))
    throw new TypeError(`parseSafetensorsIndex: source must be a text or bytes, got ${kindOf(source)}`);
  const length = typeof source === 'string' ? source.length : source.byteLength;
  if (length > MAX_BYTES)
    throw new SafetensorsError(
      'header-too-large',
      `parseSafetensorsIndex: expected at most ${MAX_BYTES} bytes, got ${length}`,
    );
  const map = weightMapOf(typeof source === 'string' ? source : textOf(source));
  const tensors = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string') throw invalid(`the file of ${quote(name)} must be a text, got ${kindOf(file)}`);
    if (!/^[^/\\:\p{Cc}]+$/u.test(file) || /^\.+$/.test(file))
      throw new SafetensorsError(
        'invalid-name',
        `parseSafetensorsIndex: the file of ${quote(name)} must be in the folder of the index, got ${quote(file)}`,
      );
    tensors.set(name, file);
  }
  return { files: [...new Set(tensors.values())], tensors };
}

function weightMapOf(text: string): object {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    throw invalid('expected JSON');
  }
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : undefined;
  if (typeof map === 'object' && map !== null && !Array.isArray(map)) return map;
  throw invalid(`expected an object "weight_map" of tensors to files, got ${kindOf(map)}`);
}

function textOf(bytes: ArrayBuffer | Uint8Array): string {
  try {
    return decodeUtf8(ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes));
  } catch {
    throw invalid('expected UTF-8');
  }
}

function invalid(message: string): SafetensorsError {
  return new SafetensorsError('invalid-header', `parseSafetensorsIndex: ${message}`);
}
