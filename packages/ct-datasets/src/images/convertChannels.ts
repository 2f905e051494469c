/**
 * Between grey, colour and inks, as Pillow has it.
 */

// Rec. 601 luma in 16-bit fixed point, the weights of Pillow's conversion to "L"; they add up to 65536, so that
// grey stays as it is.
const LUMA = [19595, 38470, 7471] as const;

/** Pixels of `from` channels, 1 or 3, as pixels of `to`: grey three times, or luma. */
export function convertChannels(data: Uint8Array, from: 1 | 3, to: 1 | 3): Uint8Array {
  if (from === to) return data;
  const result = new Uint8Array((data.length / from) * to);
  if (to === 3) {
    for (let i = 0, at = 0; i < data.length; i++) result[at++] = result[at++] = result[at++] = data[i]!;
    return result;
  }
  for (let i = 0; i < result.length; i++) {
    const weighted = LUMA[0] * data[3 * i]! + LUMA[1] * data[3 * i + 1]! + LUMA[2] * data[3 * i + 2]!;
    result[i] = (weighted + 0x8000) >> 16;
  }
  return result;
}

/**
 * Pixels of four inks (CMYK) as RGB, each `(255 - ink) * (255 - black) / 255` to the nearest level: what Pillow's
 * `convert('RGB')` gives, on which networks are trained. Colour profiles have no say.
 */
export function inksToRgb(data: Uint8Array): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const light = 255 - data[from + 3]!;
    for (let ink = 0; ink < 3; ink++) result[to++] = Math.round(((255 - data[from + ink]!) * light) / 255);
  }
  return result;
}
