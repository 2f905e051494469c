/**
 * What kind a value is, for checks of arguments by hand. Classes are told by their tags and not by `instanceof`, which
 * fails across realms: in Jest, in a frame or in `node:vm`, a Buffer that the host made is no instance of this realm's
 * Uint8Array.
 */

import { quote } from './parseHeader.js';

/** Tells whether a value is a typed array of this class, such as `Float32Array`; a Node Buffer is a `Uint8Array`. */
export function isArrayOf(className: string, value: unknown): boolean {
  return ArrayBuffer.isView(value) && tagOf(value) === className;
}

/** Tells whether a value is a buffer or a view of one. */
export function isBytes(value: unknown): value is ArrayBuffer | Uint8Array {
  return ArrayBuffer.isView(value) || /^(Shared)?ArrayBuffer$/.test(tagOf(value));
}

/**
 * Refuses an argument that is no typed array of a class.
 *
 * @param subject Begins the message, such as `decodeFloat16: halves`.
 * @throws TypeError
 */
export function checkArray(subject: string, className: string, value: unknown): void {
  if (!isArrayOf(className, value)) throw new TypeError(`${subject} must be a ${className}, got ${kindOf(value)}`);
}

/** Describes a value for a message: a primitive by itself, an object by its class. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return tagOf(value);
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
