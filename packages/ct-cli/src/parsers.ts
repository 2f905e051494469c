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

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new RangeError('Expected a number above 0.');
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError('Expected a whole number from 1.');
  return value;
}

export function naturalNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0) throw new RangeError('Expected a whole number from 0.');
  return value;
}
