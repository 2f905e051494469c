/**
 * Where an image file is damaged, by what its format says of its own parts: decoders tell what is wrong, not where.
 */
import { crc32 } from '@curvature-tuning/checks';

/**
 * The byte at which a JPEG, PNG, WebP or GIF file stops being what its parts announce, its length where it ends too
 * early; undefined where all parts are in their places, and for other formats: the fault is then within packed pixels.
 *
 * Formats: ITU-T T.81, annex B; PNG, third edition, section 5; RFC 9649; GIF89a.
 */
export function faultOffset(bytes: Uint8Array): number | undefined {
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return inJpeg(bytes);
  if (text(1, 4) === 'PNG') return inPng(bytes);
  if (text(0, 4) === 'RIFF') return inRiff(bytes);
  return text(0, 3) === 'GIF' ? inGif(bytes) : undefined;
}

function inJpeg(bytes: Uint8Array): number | undefined {
  let restart: number | undefined;
  for (let at = 2; at < bytes.length;) {
    if (bytes[at] !== 0xff) return at;
    const marker = bytes[at + 1];
    if (marker === undefined) break;
    // End of image: what comes behind is nobody's.
    if (marker === 0xd9) return undefined;
    if (marker === 0xff) at++;
    else if (marker >= 0xd0 && marker <= 0xd7) {
      // Restart markers count from 0 to 7, and over again.
      if (restart !== undefined && marker - 0xd0 !== restart) return at;
      restart = (marker - 0xd0 + 1) % 8;
      at = packedEnd(bytes, at + 2);
    } else {
      if (at + 4 > bytes.length) break;
      const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
      if (marker === 0 || length < 2) return at;
      at += 2 + length;
      // Start of scan: packed pixels follow.
      if (marker === 0xda) [restart, at] = [0, packedEnd(bytes, at)];
    }
  }
  return bytes.length;
}

/** Where packed pixels end: at the next marker, which is 0xff and anything but 0. */
function packedEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && bytes[at + 1] === 0) at = bytes.indexOf(0xff, at + 2);
  return at < 0 ? bytes.length : at;
}

function inPng(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) return at;
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'IEND') return undefined;
    at = end + 4;
  }
  return bytes.length;
}

function inRiff(bytes: Uint8Array): number | undefined {
  if (bytes.length < 12) return bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = 8 + view.getUint32(4, true);
  for (let at = 12; at < whole;) {
    if (at + 8 > bytes.length) return bytes.length;
    const end = at + 8 + view.getUint32(at + 4, true);
    if (end > whole) return at;
    if (end > bytes.length) return bytes.length;
    // Parts begin at even bytes.
    at = end + (end % 2);
  }
  return undefined;
}

function inGif(bytes: Uint8Array): number | undefined {
  const tableOf = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  for (let at = 13 + tableOf(bytes[10] ?? 0); at < bytes.length;) {
    const kind = bytes[at];
    if (kind === 0x3b) return undefined;
    if (kind === 0x21) at += 2;
    else if (kind === 0x2c) at += 11 + tableOf(bytes[at + 9] ?? 0);
    else return at;
    // Blocks, each with its length in front, up to one of none.
    for (let length = bytes[at]; length !== 0; length = bytes[at]) {
      if (length === undefined) return bytes.length;
      at += 1 + length;
    }
    at++;
  }
  return bytes.length;
}
