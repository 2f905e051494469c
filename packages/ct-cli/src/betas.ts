/**
 * The grid of curvatures as a user types it.
 */

/** The grid of the paper, 0.70, 0.71, ..., 0.99. */
export const defaultBetaRange = '0.70:0.99:0.01';

/**
 * Reads `first:last:step` (both ends included) or `0.7,0.8,0.9`.
 *
 * @throws RangeError when the text is neither, or a curvature lies outside [0, 1].
 */
export function parseBetas(text: string): number[] {
  const betas = text.includes(':') ? parseRange(text) : text.split(',').map(parseNumber);
  const outside = betas.find((beta) => !(beta >= 0 && beta <= 1));
  if (outside !== undefined) throw new RangeError(`Curvatures must lie in [0, 1], got ${outside}.`);
  return betas;
}

function parseRange(text: string): number[] {
  const parts = text.split(':').map(parseNumber);
  const [first, last, step] = parts;
  if (parts.length !== 3 || !(step! > 0) || !(last! >= first!)) throw new RangeError(`Expected first:last:step with last >= first and step > 0, got "${text}".`);
  // Half a step of slack, and rounding, because 0.7 + 29 · 0.01 is not 0.99 in binary.
  const count = Math.floor((last! - first!) / step! + 1e-6) + 1;
  if (count > 1000) throw new RangeError(`Expected at most 1000 curvatures, got ${count}.`);
  return Array.from({ length: count }, (_, i) => Number((first! + i * step!).toFixed(10)));
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new RangeError(`Expected a number, got "${text}".`);
  return value;
}
