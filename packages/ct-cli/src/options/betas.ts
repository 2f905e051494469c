/**
 * Curvatures as a user types them, and their schema.
 */
import type { Schema } from '@curvature-tuning/checks';
import { listOf, unitInterval } from '@curvature-tuning/checks';
import { finiteNumber } from './parsers.js';

/** Curvatures of a grid. */
const MOST = 1000;

export const betasSchema: Schema<number[]> = listOf(unitInterval, { min: 1, max: MOST }) as Schema<number[]>;

/**
 * Reads `first:last:step` (both ends included) or `0.7,0.8,0.9`.
 *
 * @throws RangeError when the text is neither, a curvature lies outside [0, 1], or there are more than 1000.
 */
export function parseBetas(text: string): number[] {
  if (text.includes(':')) return parseRange(text);
  const parts = text.split(',');
  if (parts.length > MOST) throw new RangeError(`Expected at most ${MOST} curvatures, got ${parts.length}.`);
  return parts.map(parseBeta);
}

/** Reads one curvature. @throws RangeError unless it is a number in [0, 1]. */
export function parseBeta(text: string): number {
  const beta = finiteNumber(text.trim());
  if (!(beta >= 0 && beta <= 1)) throw new RangeError(`Curvatures must lie in [0, 1], got ${beta}.`);
  return beta;
}

function parseRange(text: string): number[] {
  const parts = text.split(':').map((part) => finiteNumber(part.trim()));
  const [first, last, step] = parts;
  if (parts.length !== 3 || !(step! > 0) || !(last! >= first!))
    throw new RangeError(`Expected first:last:step with last >= first and step > 0, got "${text}".`);
  const outside = [first!, last!].find((beta) => !(beta >= 0 && beta <= 1));
  if (outside !== undefined) throw new RangeError(`Curvatures must lie in [0, 1], got ${outside}.`);
  // Half a step of slack, and rounding, because 0.7 + 29 · 0.01 is not 0.99 in binary.
  const count = Math.floor((last! - first!) / step! + 1e-6) + 1;
  if (count > MOST) throw new RangeError(`Expected at most ${MOST} curvatures, got ${count}.`);
  return Array.from({ length: count }, (_, i) => Number((first! + i * step!).toFixed(10)));
}
