/**
 * A CT layer written as few stock nodes, none of them transcendental, off by no more than is allowed: piecewise linear,
 * or piecewise a polynomial of degree four.
 */
import { phiEven } from '@curvature-tuning/activation/math';
import type { EvenQuartic } from './evenQuartic.js';
import { evenQuartic, LEAST_BETA, quarticAt } from './evenQuartic.js';
import { evenTent, tentAt } from './evenTent.js';
import type { NodeWriter } from './nodeWriter.js';
import type { UnitValues } from './unitValues.js';

/** Points between the middle of a unit and where it is straight, at which its error is looked for. */
const POINTS = 200;
/** Where a unit is straight, in units of (1 − beta)/beta: 12·e^−12 is 7e-5. */
const STRAIGHT = 12;

/**
 * The fewest nodes of a unit, clipped at m or not, that are off by at most the tolerance: of `linearUnit` or
 * `quarticUnit`; undefined where neither is, where a beta is below 1/3, or where it is a ReLU.
 */
export function approximateUnit(
  z: string,
  { beta, coeff, maxValue }: UnitValues,
  write: NodeWriter,
  tolerance: number,
): string | undefined {
  if (tolerance === 0 || beta.every((b) => b === 1) || beta.some((b) => b < LEAST_BETA)) return undefined;
  const m = maxValue ?? Infinity;
  const channels = Array.from(
    { length: Math.max(beta.length, coeff.length) },
    (_, i) => [beta[i % beta.length]!, coeff[i % coeff.length]!] as const,
  );
  const isNear = (at: (channel: number, a: number) => number): boolean =>
    channels.every(([b, c], k) => largestError((a) => phiEven(a, b, c) - at(k, a), { beta: b, m }) <= tolerance);
  const reaches = channels.map(([b, c]) => evenTent(b, c));
  if ((m === Infinity || areEqual(reaches)) && isNear((k, a) => tentAt(a, reaches[k]!)))
    return linearUnit(z, reaches, m, write);
  const quartics = channels.map(([b, c]) => evenQuartic(b, c));
  if (quartics.some(({ reach }) => reach > m / 2) || !isNear((k, a) => quarticAt(a, quartics[k]!))) return undefined;
  return quarticUnit(z, quartics, m, write);
}

/**
 * Of a unit whose even part is off by e(|z|): the largest |e(|z|)|, or, where it clips, |e(|z|) − e(|z − m|)|, which is
 * the same on both sides of m/2.
 */
function largestError(e: (a: number) => number, { beta, m }: { beta: number; m: number }): number {
  const end = (STRAIGHT * (1 - beta)) / beta;
  const [low, high] = m === Infinity ? [0, end] : [-end, m / 2];
  const points = Array.from({ length: POINTS + 1 }, (_, i) => low + ((high - low) * i) / POINTS);
  return Math.max(...points.map((z) => Math.abs(e(Math.abs(z)) - (m === Infinity ? 0 : e(Math.abs(z - m))))));
}

function areEqual(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/**
 * Where betas and c are one, a = reach of evenTent.ts:
 *
 *     y = (min(max(z, −a), m + a) + min(max(z, a), m − a))/2
 *
 * and with one a channel y = (max(z + a, 0) + max(z − a, 0))/2.
 */
function linearUnit(z: string, reaches: readonly number[], m: number, write: NodeWriter): string {
  const a = reaches[0]!;
  const parts = areEqual(reaches)
    ? [write.clipped(z, -a, m + a), write.clipped(z, a, m - a)]
    : [reaches, reaches.map((reach) => -reach)].map((shift) => write.op('Relu', write.plus(z, shift)));
  return write.times(write.op('AddV2', parts[0]!, parts[1]!), [0.5]);
}

/**
 *     T = max(0, 1 − |z|/A) − max(0, 1 − |z − m|/A),   t = T·|T|
 *     y = min(max(z, 0), m) + t·(p + r·|t|)
 *
 * with A, p and r of evenQuartic.ts, where the bends at 0 and m do not touch.
 */
function quarticUnit(z: string, quartics: readonly EvenQuartic[], m: number, write: NodeWriter): string {
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
  const top = areEqual(reach)
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
