/**
 * Globals that browsers and Node have and jsdom, in which Jest can run tests, does not pass on: there they are Node's
 * own.
 */

interface Coders {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new () => { decode(bytes: Uint8Array): string };
}

/** The bytes of a text in UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  return new (coders().TextEncoder)().encode(text);
}

/** The text of bytes in UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new (coders().TextDecoder)().decode(bytes);
}

/** A deep copy, as by `structuredClone`. */
export function cloned<T>(value: T): T {
  if (typeof structuredClone !== 'undefined') return structuredClone<T>(value);
  const { deserialize, serialize } = process.getBuiltinModule('node:v8');
  return deserialize(serialize(value)) as T;
}

function coders(): Coders {
  if (typeof TextDecoder !== 'undefined') return { TextEncoder, TextDecoder };
  return process.getBuiltinModule('node:util');
}
