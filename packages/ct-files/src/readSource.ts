/**
 * Bytes from wherever somebody has them: an address, in Node also one of a file, or the memory.
 */
import { check, filledText, matching, options as optionsOf } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { fetchBytes } from './fetchBytes.js';
import type { FetchOptions } from './fetchBytes.js';

/** An address (`http:`, `https:`, `data:`, `blob:`, in Node also `file:`), absolute or of the page's, or the bytes. */
export type FileSource = URL | string | ArrayBuffer | Uint8Array;

export const readSourceArguments: Entries<{ source: FileSource; options: FetchOptions }> = {
  source: matching((value): value is FileSource => isFileSource(value), {
    expects: 'a URL or the bytes of a file, a Uint8Array or an ArrayBuffer',
  }),
  options: optionsOf<FetchOptions>({ subject: filledText }),
};

/** Whether a value is an address or bytes, of any realm. */
export function isFileSource(value: unknown): value is FileSource {
  if (typeof value === 'string') return value !== '';
  return ['[object URL]', '[object ArrayBuffer]', '[object Uint8Array]'].includes(
    Object.prototype.toString.call(value),
  );
}

/**
 * The bytes behind an address, see `fetchBytes`, or those that were passed, which are not copied.
 *
 * @throws Error when they cannot be had.
 */
export async function readSource(source: FileSource, options: FetchOptions = {}): Promise<Uint8Array> {
  check('readSource', readSourceArguments, { source, options });
  if (!(typeof source === 'string' || source instanceof URL))
    return ArrayBuffer.isView(source) ? source : new Uint8Array(source);
  const url = new URL(source, globalThis.location?.href);
  if (url.protocol !== 'file:') return fetchBytes(url, options);
  // Not `import('node:fs/promises')`: bundlers for the browser would look for it.
  const buffer = await process.getBuiltinModule('node:fs/promises').readFile(url);
  // The same memory: files of weights are large.
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
