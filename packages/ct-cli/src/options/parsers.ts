/**
 * Parsers of options, whose complaints commander shows with the option's name.
 */
import { InvalidArgumentError } from 'commander';

/** Turns a RangeError or Error of a parser into commander's own complaint, which names the option. */
export function parsed<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** A text with at least one character: a name or a path. */
export function filledText(text: string): string {
  if (text === '') throw new RangeError('Expected a name, got "".');
  return text;
}

/** A decimal number, 0.03 or 3e-2; other notations, hexadecimal say, are refused. */
export function finiteNumber(text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) throw new RangeError(`Expected a number, got "${text}".`);
  return value;
}

/** Reads a number above 0 from the command line. */
export function positiveNumber(text: string): number {
  const value = finiteNumber(text);
  if (!(value > 0)) throw new RangeError(`Expected a number above 0, got "${text}".`);
  return value;
}

/** A parser of whole numbers in a range, written in digits alone. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max))
      throw new RangeError(`Expected a whole number from ${min} to ${max}, got "${text}".`);
    return value;
  };
}
