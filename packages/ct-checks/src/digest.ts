/**
 * One hash for all that names things by their contents: SHA-256 of labelled parts.
 */
import { sha256 } from '@noble/hashes/sha2';
import { encodeUtf8 } from './platform.js';

/**
 * SHA-256 over parts, each with its kind and length in front, so that no two lists of parts run into each other.
 *
 *     new Digest().text('images').numbers(await images.data()).json({ eps, seed }).hex();
 *
 * Works in browsers without a secure origin, where WebCrypto is missing.
 */
export class Digest {
  private readonly hash = sha256.create();

  text(text: string): this {
    // As JSON, which tells apart what is no well-formed Unicode.
    return this.part('text', encodeUtf8(JSON.stringify(text)));
  }

  /** A typed array: its kind and its bytes. */
  numbers(values: ArrayBufferView): this {
    return this.part(
      Object.prototype.toString.call(values),
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }

  /** Whatever `canonicalJson` takes; the order of keys does not count. */
  json(value: unknown): this {
    return this.part('json', encodeUtf8(canonicalJson(value)));
  }

  /** 64 hexadecimal digits; ends the digest. */
  hex(): string {
    return hexOf(this.hash.digest());
  }

  private part(kind: string, bytes: Uint8Array): this {
    this.hash.update(encodeUtf8(`${kind} ${bytes.length}\n`)).update(bytes);
    return this;
  }
}

/**
 * SHA-256, as 64 hexadecimal digits, of the bytes of a typed array: for large ones, which the platform's own code
 * hashes ten times as fast where it may be asked.
 */
export async function hashOf(values: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  // Typed as always present, which it is not on an insecure origin.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  return hexOf(subtle === undefined ? sha256(bytes) : new Uint8Array(await subtle.digest('SHA-256', bytes)));
}

/**
 * A value as JSON with sorted keys: equal values give equal texts.
 *
 * Fields that are undefined are left out; numbers that are not finite, which JSON has none of, become texts: `"NaN"`.
 *
 * @throws TypeError on functions, symbols and instances of classes.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
    return JSON.stringify(value === 0 ? 0 : value);
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item ?? null)).join(',')}]`;
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== null && prototype !== Object.prototype)
    throw new TypeError(`canonicalJson: expected plain values, got ${Object.prototype.toString.call(value)}`);
  const fields = Object.entries(value as Record<string, unknown>).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`)
    .join(',')}}`;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
