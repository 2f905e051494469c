/**
 * The forms of a unit beside phi itself, clipped as ReLU6 is and leaky:
 *
 *     u = phi(x) − phi(x − maxValue),   y = alpha·x + (1 − alpha)·u
 */

/** A unit's form; `PLAIN` is phi itself. */
export interface UnitForm {
  /** Where u ends, above 0; infinity where it does not: u is phi then. */
  maxValue: number;
  /** How much of x itself is in y. */
  alpha: number;
}

/** phi itself. */
export const PLAIN: UnitForm = { maxValue: Infinity, alpha: 0 };

/** Whether a form is phi itself. */
export const isPlain = ({ maxValue, alpha }: UnitForm): boolean => maxValue === Infinity && alpha === 0;

/** @throws TypeError or RangeError naming the number that is none, or that is out of range. */
export function checkForm(caller: string, form: UnitForm): void {
  const given = (form as Partial<UnitForm> | null) ?? {};
  const number = (name: 'maxValue' | 'alpha'): number => {
    const value: unknown = given[name];
    if (typeof value === 'number') return Math.fround(value);
    throw new TypeError(`${caller}: ${name} must be a number, got ${value === null ? 'null' : typeof value}`);
  };
  const [maxValue, alpha] = [number('maxValue'), number('alpha')];
  if (!(maxValue > 0)) throw new RangeError(`${caller}: maxValue must be above 0, got ${given.maxValue}`);
  if (!Number.isFinite(alpha)) throw new RangeError(`${caller}: alpha must be finite, got ${given.alpha}`);
}
