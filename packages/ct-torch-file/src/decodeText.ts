/**
 * Texts of a file, which may be hostile: no other text than the bytes say, and none that breaks a message.
 */

import { decodeUtf8, encodeUtf8 } from '@curvature-tuning/checks';

/** The text of bytes in UTF-8; undefined where they are not, for which the platform puts replacement characters. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  // Replaced characters, and a byte order mark, which the platform drops, give other bytes.
  if (!text.includes('\ufffd') && bytes[0] !== 0xef) return text;
  const again = encodeUtf8(text);
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]) ? text : undefined;
}

/** A text of the file for a message: in quotes, without signs that a terminal acts on, and not without end. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
