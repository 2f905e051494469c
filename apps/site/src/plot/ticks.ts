/**
 * Round numbers for axes.
 */

/** About `count` round numbers between two others. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const excess = rough / power;
  // The nearest of them on a logarithmic scale.
  const step = power * (excess < Math.SQRT2 ? 1 : excess < Math.sqrt(10) ? 2 : excess < Math.sqrt(50) ? 5 : 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // + 0, because −0 would be written so.
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, i) => Number(((first + i) * step).toPrecision(9)) + 0,
  );
}

/** A number of an axis, with a minus that is as wide as a plus. */
export function tickText(value: number): string {
  return String(value).replace('-', '−');
}
