/**
 * A record as JSON that people can read, too.
 */

/** A list of numbers alone, in what `JSON.stringify` breaks into a line an element. */
const NUMBERS = /\[\n\s+(-?\d[^[\]{}":]*?)\n\s+\]/g;

/** JSON with a line a field, where lists of numbers stand in one line: predictions of a thousand images are one. */
export function recordJson(record: object): string {
  const text = JSON.stringify(record, null, 2);
  return `${text.replace(NUMBERS, (_, numbers: string) => `[${numbers.split(/,\n\s+/).join(', ')}]`)}\n`;
}
