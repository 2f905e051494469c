/**
 * Tells of a JPEG file, by its header alone, that nothing needs to be done to its pixels once they are decoded.
 */

/**
 * The size of a JPEG file of three components of 8 bits, as nearly all photographs are, with no word of how it is to be
 * turned (Exif) or what its colours are (ICC, Adobe); undefined of any other file, damaged ones included.
 *
 * Format: ITU-T T.81, annex B.
 */
export function plainJpeg(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // Fill bytes may stand in front of a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    // APP1 has Exif, APP2 the colour profile, APP14 what Adobe says of colours.
    if (marker === 0xe1 || marker === 0xe2 || marker === 0xee) return undefined;
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    // SOF0, SOF1 and SOF2: baseline, extended and progressive.
    if (marker >= 0xc0 && marker <= 0xc2) {
      const [precision, high, height, wide, width, components] = bytes.subarray(at + 4, at + 10);
      const size = { width: wide! * 256 + width!, height: high! * 256 + height! };
      return precision === 8 && components === 3 && size.width > 0 && size.height > 0 ? size : undefined;
    }
    // What comes before it is tables, comments and what applications say.
    const isBefore =
      marker === 0xdb || marker === 0xc4 || marker === 0xdd || marker === 0xfe || (marker & 0xf0) === 0xe0;
    if (!isBefore || length < 2) return undefined;
    at += 2 + length;
  }
  return undefined;
}
