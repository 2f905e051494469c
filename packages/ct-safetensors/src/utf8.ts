/**
 * Text as UTF-8 and back, by the platform's coders. jsdom, in which Jest can run tests, does not pass them on from
 * Node.
 */

interface Coders {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (
    label: string,
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
}

/** The bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return new (coders().TextEncoder)().encode(text);
}

/**
 * The text of bytes, a byte order mark included.
 *
 * @throws TypeError when they are not UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return new (coders().TextDecoder)('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function coders(): Coders {
  if (typeof TextDecoder !== 'undefined') return { TextEncoder, TextDecoder };
  const { process } = globalThis as { process?: { getBuiltinModule?(name: 'node:util'): Coders } };
  const util = process?.getBuiltinModule?.('node:util');
  if (util === undefined)
    throw new Error('safetensors: TextEncoder and TextDecoder are missing; define them on globalThis');
  return util;
}
