/**
 * The writer: byte for byte what the reference writer makes of the same tensors, so that equal content gives equal
 * checksums whoever wrote it.
 */

import { isArrayOf, kindOf } from './arrayKind.js';
import type { Fresh } from './fresh.js';
import { checkName, quote } from './parseHeader.js';
import { assertLittleEndian, MAX_HEADER_BYTES } from './parseSafetensors.js';
import type { Dtype, SafeTensor } from './safeTensor.js';
import { byteLengthOf, dtypes, isDtype } from './safeTensor.js';
import { SafetensorsError } from './safetensorsError.js';
import { encodeUtf8 } from './utf8.js';

/**
 * Writes tensors as the bytes of a `.safetensors` file.
 *
 * The order does not depend on that of `tensors`: wide dtypes come first and names ascend within a dtype, which
 * keeps every array aligned; the header is padded with spaces to a multiple of 8 bytes; metadata keys ascend.
 *
 * @param tensors A `Map`, or any iterable of `[name, tensor]`; `Object.entries(record)` is one.
 * @param metadata Free-form strings, stored under `__metadata__`; left out where empty.
 * @returns A fresh array that begins its own buffer.
 * @throws TypeError where `tensors` is no iterable of names and tensors, or `metadata` no plain object.
 * @throws SafetensorsError `invalid-name`, `duplicate-key`, `unknown-dtype`, `invalid-shape`, `size-mismatch`,
 * `overflow`, `invalid-metadata` or `header-too-large`.
 * @throws RangeError on a big-endian machine.
 */
export function serializeSafetensors(
  tensors: Iterable<readonly [string, SafeTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Fresh<Uint8Array> {
  assertLittleEndian('serializeSafetensors');
  const entries = entriesOf(tensors);
  checkTensors(entries);
  entries.sort(([a, x], [b, y]) => dtypeRank(y.dtype) - dtypeRank(x.dtype) || compareCodePoints(a, b));

  const fields = metadataFields(metadata);
  let bodyBytes = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const end = bodyBytes + data.byteLength;
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [bodyBytes, end] })}`);
    bodyBytes = end;
  }
  const text = encodeUtf8(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(text.byteLength / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      'header-too-large',
      `serializeSafetensors: the header must not exceed ${MAX_HEADER_BYTES} bytes, got ${headerBytes}; write ` +
        'fewer tensors a file',
    );
  }

  const file = new Uint8Array(8 + headerBytes + bodyBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(text, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** The entries as a list. Callers without TypeScript can pass anything here. */
function entriesOf(tensors: Iterable<readonly [string, SafeTensor]>): (readonly [string, SafeTensor])[] {
  const given: unknown = tensors;
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) {
    throw new TypeError(
      `serializeSafetensors: tensors must be a Map or an iterable of [name, tensor], got ${kindOf(given)}; ` +
        'of a plain object pass Object.entries(it)',
    );
  }
  const entries = [...tensors];
  for (const entry of entries as readonly unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string') {
      throw new TypeError(
        `serializeSafetensors: tensors must be a Map or an iterable of [name, tensor], got ${kindOf(entry)} in it`,
      );
    }
    const [name, tensor] = entry as [string, unknown];
    if (typeof tensor !== 'object' || tensor === null) {
      throw new TypeError(
        `serializeSafetensors: tensor ${quote(name)} must be {dtype, shape, data}, got ${kindOf(tensor)}`,
      );
    }
  }
  return entries;
}

function checkTensors(entries: readonly (readonly [string, SafeTensor])[]): void {
  const seen = new Set<string>();
  for (const [name, tensor] of entries) {
    const subject = `serializeSafetensors: tensor ${quote(name)}`;
    checkName(name, 'serializeSafetensors');
    if (name === '__metadata__')
      throw new SafetensorsError(
        'invalid-name',
        `${subject}: the name is reserved; pass metadata as the second argument`,
      );
    if (seen.has(name)) throw new SafetensorsError('duplicate-key', `${subject} is given twice`);
    seen.add(name);
    checkTensor(tensor, subject);
  }
}

function checkTensor({ dtype, shape, data }: SafeTensor, subject: string): void {
  if (!isDtype(dtype))
    throw new SafetensorsError(
      'unknown-dtype',
      `${subject} has dtype ${quote(String(dtype))}; known are ${Object.keys(dtypes).join(', ')}`,
    );
  const { name } = dtypes[dtype].array;
  if (!isArrayOf(name, data))
    throw new SafetensorsError(
      'unknown-dtype',
      `${subject}: the data of ${dtype} must be a ${name}, got ${kindOf(data)}`,
    );
  if (!Array.isArray(shape))
    throw new SafetensorsError(
      'invalid-shape',
      `${subject}: the shape must be an array of integers, got ${kindOf(shape)}`,
    );
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new SafetensorsError(
        'invalid-shape',
        `${subject}: a dimension must be an integer of at least 0, got ${kindOf(size)}`,
      );
  }
  const bytes = byteLengthOf(dtype, shape, subject);
  if (bytes !== data.byteLength) {
    throw new SafetensorsError(
      'size-mismatch',
      `${subject}: ${dtype} of shape [${shape.join(', ')}] takes ${bytes} bytes, its data has ${data.byteLength}`,
    );
  }
}

function metadataFields(metadata: Readonly<Record<string, string>>): string[] {
  const given: unknown = metadata;
  if (kindOf(given) !== 'Object') {
    throw new TypeError(
      `serializeSafetensors: metadata must be an object of strings, got ${kindOf(given)}; of a Map pass ` +
        'Object.fromEntries(it)',
    );
  }
  const keys = Object.keys(metadata).sort(compareCodePoints);
  if (keys.length === 0) return [];
  const pairs = keys.map((key) => {
    const value: unknown = metadata[key];
    checkName(key, 'serializeSafetensors: metadata');
    if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) {
      throw new SafetensorsError(
        'invalid-metadata',
        `serializeSafetensors: metadata ${quote(key)} must be well-formed text, got ${kindOf(value)}`,
      );
    }
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return [`"__metadata__":{${pairs.join(',')}}`];
}

const dtypeOrder = Object.keys(dtypes);

function dtypeRank(dtype: Dtype): number {
  return dtypeOrder.indexOf(dtype);
}

/** Orders as UTF-8 bytes do; `<` on strings compares UTF-16 units, which puts U+10000 before U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = codePointRank(a.charCodeAt(i)) - codePointRank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Moves the surrogates, which stand for U+10000 and above, behind the rest of the 16-bit units. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
