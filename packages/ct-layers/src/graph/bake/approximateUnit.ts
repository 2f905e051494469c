/**
 * A CT layer written as few stock nodes, none of them transcendental: piecewise a polynomial of degree four.
 */
import { evenQuartic, LEAST_BETA } from './evenQuartic.js';
import type { NodeWriter } from './nodeWriter.js';
import type { UnitValues } from './unitValues.js';

/**
 * The nodes of a unit, clipped at m or not, off by at most 0.035·(1 − beta)/beta; undefined where it has none of this
 * form: where a beta is below 1/3, or the bends at 0 and m touch.
 *
 *     T = max(0, 1 − |z|/A) − max(0, 1 − |z − m|/A),   t = T·|T|
 *     y = min(max(z, 0), m) + t·(p + r·|t|)
 *
 * with A, p and r of evenQuartic.ts.
 */
export function approximateUnit(
  z: string,
  { beta, coeff, maxValue }: UnitValues,
  write: NodeWriter,
): string | undefined {
  if (beta.some((b) => b < LEAST_BETA) || beta.every((b) => b === 1)) return undefined;
  const quartics = Array.from({ length: Math.max(beta.length, coeff.length) }, (_, i) =>
    evenQuartic(beta[i % beta.length]!, coeff[i % coeff.length]!),
  );
  const m = maxValue ?? Infinity;
  if (quartics.some(({ reach }) => reach > m / 2)) return undefined;
  const [reach, p, r] = (['reach', 'p', 'r'] as const).map((field) => quartics.map((quartic) => quartic[field])) as [
    number[],
    number[],
    number[],
  ];
  const clip = write.clipped(z, 0, m);
  const even = (square: string, size: string): string =>
    write.op('AddV2', clip, write.op('Mul', square, write.plus(write.times(size, r), p)));
  if (m === Infinity) {
    const square = write.op('Square', tent(z, reach, write));
    return even(square, square);
  }
  const top = reach.every((a) => a === reach[0])
    ? twoTents(z, clip, { reach: reach[0]!, m }, write)
    : write.op('Sub', tent(z, reach, write), tent(write.plus(z, [-m]), reach, write));
  return even(write.op('Mul', top, write.op('Abs', top)), write.op('Square', top));
}

/** max(0, 1 − |z|/reach). */
function tent(z: string, reach: readonly number[], write: NodeWriter): string {
  const height = write.times(
    write.op('Abs', z),
    reach.map((a) => -1 / a),
  );
  return write.op('Relu', write.plus(height, [1]));
}

/** The tent at 0 less that at m, of clips alone, of which all backends are fond. */
function twoTents(z: string, clip: string, { reach, m }: { reach: number; m: number }, write: NodeWriter): string {
  const outer = write.op('Sub', write.clipped(z, -reach, m + reach), clip);
  const inner = write.op('Sub', write.clipped(z, reach, m - reach), clip);
  return write.times(write.op('AddV2', outer, inner), [1 / reach]);
}
