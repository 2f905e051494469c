/**
 * phi's even part E(|x|) = phi(x) − max(x, 0) as a table of cubics, for tensors whose elements share beta and c.
 *
 * Entry i holds the coefficients about its centre t = i, t = |x|·k, of the cubic that has E's values and slopes at
 * t = i ± 1/2; the last is zero. Error: 1.2e-7 (`evenTable.test.ts`).
 */
import { EPSILON, phi, phiDx } from '../../math.js';

/** The cubics of one beta and c. */
export interface EvenTable {
  /** Four coefficients an entry, that of the highest power last. */
  coefficients: Float32Array;
  /** The entry that is zero. */
  last: number;
  /** Entries a unit of |x|. */
  k: number;
}

/** Entries as far as |x| = s, which bounds what a cubic is off, and how often 1/beta·s as far as E is no zero. */
const DENSITY = 6;
const REACH = 20;
/** Below, E reaches too far for a table: at beta = 0 it has no end. */
const LEAST_BETA = 1 / 3;
/** Elements an entry from which on the table pays, even where it is made for one call. */
const ELEMENTS = 128;

/** How many tables are kept: a network steered by the layer has one for each. */
const KEPT = 64;

/** The table for n elements, or undefined where none pays. */
export function evenTable(n: number, beta: number, coeff: number): EvenTable | undefined {
  if (!(beta >= LEAST_BETA && beta <= 1 && coeff >= 0 && coeff <= 1)) return undefined;
  return n < ELEMENTS * lastEntry(beta) ? undefined : tableOf(beta, coeff);
}

const tableOf = remembering(KEPT, (beta: number, coeff: number): EvenTable => {
  const last = lastEntry(beta);
  return { coefficients: cubics(beta, coeff, last), last, k: DENSITY / (1 - beta + EPSILON) };
});

/** A function that remembers what it gave for so many arguments, those that it was last called with. */
function remembering<T>(count: number, f: (beta: number, coeff: number) => T): (beta: number, coeff: number) => T {
  const known = new Map<string, T>();
  return (beta, coeff) => {
    const key = `${beta} ${coeff}`;
    const value = known.get(key) ?? f(beta, coeff);
    // The newest last.
    known.delete(key);
    known.set(key, value);
    if (known.size > count) known.delete(known.keys().next().value!);
    return value;
  };
}

function lastEntry(beta: number): number {
  return Math.ceil((DENSITY * REACH) / beta);
}

function cubics(beta: number, coeff: number, last: number): Float32Array {
  const h = (1 - beta + EPSILON) / DENSITY;
  // On both sides of 0, where the first cubic goes on as E does for x > 0.
  const value = (t: number): number => phi(t * h, beta, coeff) - t * h;
  const slope = (t: number): number => (phiDx(t * h, beta, coeff) - 1) * h;
  const coefficients = new Float32Array(4 * (last + 1));
  for (let i = 0; i < last; i++) {
    const [rise, low, high] = [value(i + 0.5) - value(i - 0.5), slope(i - 0.5), slope(i + 0.5)];
    const mean = (value(i - 0.5) + value(i + 0.5)) / 2;
    coefficients.set(
      [mean - (high - low) / 8, 1.5 * rise - (low + high) / 4, (high - low) / 2, low + high - 2 * rise],
      4 * i,
    );
  }
  return coefficients;
}
