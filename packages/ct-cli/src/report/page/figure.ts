/**
 * A figure of the page: drawn for wide and for narrow screens, with a name, a description, a key and its numbers.
 */
import type * as Plot from '@observablehq/plot';
import { draw } from '../draw.js';
import { escape } from './section.js';

/** How a thing looks in a figure, and what it is. */
export interface KeyEntry {
  mark: 'dot' | 'ring' | 'target' | 'line' | 'dashes' | 'dots' | 'band' | 'bar' | 'beam';
  /** A colour of the page's style: `var(--ct)`. */
  colour: string;
  text: string;
}

/** A figure. */
export interface Figure {
  /** Unique on the page. */
  id: string;
  title: string;
  /** What a reader who does not see it should know. */
  description: string;
  /** Below the figure. */
  caption: string;
  key?: readonly KeyEntry[];
  /** The plot at a width, in pixels. */
  plot: (width: number) => Plot.PlotOptions;
  /** The numbers behind it, as HTML. */
  numbers?: string;
}

/** Pixels: a column of the page on a desk, and on a phone. */
const WIDTHS = { wide: 560, narrow: 328 };

/** The figure as HTML. */
export function figure({ id, title, description, caption, key = [], plot, numbers = '' }: Figure): string {
  const drawn = Object.entries(WIDTHS).map(([name, width]) =>
    draw({ ...plot(width), width }, { id: `${id}-${name}`, className: name, title, description }),
  );
  const entries = key.map(({ mark, colour, text }) => `<li>${swatch(mark, colour)}${escape(text)}</li>`).join('');
  return (
    `<figure id="${id}">\n<p class="name">${escape(title)}</p>\n` +
    `${entries === '' ? '' : `<ul class="key">${entries}</ul>\n`}` +
    `${drawn.join('\n')}\n<figcaption>${escape(caption)}</figcaption>${numbers}\n</figure>`
  );
}

/** Round numbers of an axis, at most about `count`, and none above `most`. */
export function ticksBetween(low: number, high: number, count: number, most: number = Infinity): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  ).filter((tick) => tick <= most);
}

/** Round numbers of a logarithmic axis. */
export function logTicksBetween(low: number, high: number): number[] {
  const powers = Array.from({ length: 40 }, (_, i) => 10 ** (i - 20));
  return powers
    .flatMap((power) => [1, 1.5, 2, 3, 5, 7].map((factor) => Number((factor * power).toPrecision(3))))
    .filter((tick) => tick >= low && tick <= high);
}

function swatch(mark: KeyEntry['mark'], colour: string): string {
  const shapes: Record<KeyEntry['mark'], string> = {
    dot: '<circle cx="12" cy="7" r="4.5" fill="C"/>',
    ring: '<circle cx="12" cy="7" r="3" fill="none" stroke="C" stroke-width="1.5"/>',
    target:
      '<circle cx="12" cy="7" r="4" fill="C"/><circle cx="12" cy="7" r="6" fill="none" stroke="C" stroke-width="1.2"/>',
    line: '<path d="M1 7H23" stroke="C" stroke-width="2"/>',
    dashes: '<path d="M1 7H23" stroke="C" stroke-width="2" stroke-dasharray="6 4"/>',
    dots: '<path d="M1 7H23" stroke="C" stroke-width="2" stroke-dasharray="2 3"/>',
    band: '<rect x="1" y="1" width="22" height="12" fill="C" fill-opacity="0.25"/>',
    bar: '<rect x="1" y="1" width="22" height="12" fill="C"/>',
    beam: '<path d="M8 1H16M12 1V13M8 13H16" stroke="C" stroke-width="1.5" fill="none"/>',
  };
  return `<svg class="swatch" viewBox="0 0 24 14" aria-hidden="true">${shapes[mark].replaceAll('C', colour)}</svg>`;
}
