/**
 * Figures by Observable Plot, one look, as SVG that stands alone and as PNG.
 */
import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import sharp from 'sharp';

/** A figure. */
export interface Figure {
  name: string;
  title: string;
  /** What a reader who does not see it should know. */
  description: string;
  /** Names of series, in the order of the colours. */
  key?: readonly string[] | undefined;
  plot: Plot.PlotOptions;
  /** Where marks are shown in turn: those with the options of `frame`. */
  film?: Film | undefined;
}

/** How the frames of a film follow each other. */
export interface Film {
  frames: number;
  /** Of one pass, there and back where it goes back. */
  seconds: number;
  isBackAndForth: boolean;
}

/** Options of a mark that is shown in one frame alone. */
export function frame(index: number): { ariaDescription: string } {
  return { ariaDescription: `frame ${index}` };
}

/** Colours that are told apart by those who see few, in the order in which series take them. */
export const COLOURS: readonly string[] = ['#2563eb', '#c2410c', '#047857', '#7c3aed', '#a16207', '#0e7490', '#be185d'];
const INK = '#374151';
const PAPER = '#ffffff';
/** Pixels of a PNG to one of the SVG. */
const SCALE = 2;

/** The figure as SVG text: title and description above and inside. */
export function svgOf({ name, title, description, key = [], plot, film }: Figure): string {
  const { document } = new JSDOM('').window;
  const style = { fontFamily: 'DejaVu Sans, Verdana, sans-serif', fontSize: '11px', background: 'none', color: INK };
  const drawn = Plot.plot({
    width: 640,
    marginTop: key.length > 0 ? 80 : 60,
    marginLeft: 52,
    marginBottom: 44,
    ...plot,
    // Titles stand where labels would.
    y: { labelAnchor: 'center', ...plot.y },
    color: { range: [...COLOURS], ...plot.color, legend: false },
    style,
    document,
  });
  const make = (tag: string, attributes: Record<string, string | number>, text: string): Element => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = text;
    if (tag === 'text') element.setAttribute('text-anchor', 'start');
    return element;
  };
  drawn.prepend(make('rect', { width: '100%', height: '100%', fill: PAPER }, ''));
  drawn.append(
    make('text', { x: 12, y: 20, fill: INK, 'font-size': 14, 'font-weight': 'bold' }, title),
    make('text', { x: 12, y: 38, fill: INK, 'font-size': 11 }, description),
  );
  let x = 12;
  for (const [i, text] of key.entries()) {
    drawn.append(make('circle', { cx: x + 4, cy: 52, r: 4, fill: COLOURS[i % COLOURS.length]! }, ''));
    drawn.append(make('text', { x: x + 12, y: 56, fill: INK, 'font-size': 11 }, text));
    x += 26 + 6.4 * text.length;
  }
  if (film !== undefined) {
    for (const element of drawn.querySelectorAll('[aria-description^="frame "]')) {
      const index = element.getAttribute('aria-description')!.slice('frame '.length);
      element.setAttribute('class', `frame f${index}`);
      // A tenth of a pixel is enough, and a film has many numbers.
      for (const path of element.querySelectorAll('path[d]'))
        path.setAttribute(
          'd',
          path.getAttribute('d')!.replace(/\d+\.\d+/g, (n) => String(Number(Number(n).toFixed(1)))),
        );
    }
    drawn.prepend(make('style', {}, filmStyle(film)));
  }
  drawn.prepend(make('title', { id: `${name}-title` }, title), make('desc', { id: `${name}-desc` }, description));
  drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-labelledby', `${name}-title ${name}-desc`);
  return `${ownIds(name, drawn.outerHTML)}\n`;
}

/** Shows each frame for its time; the first alone where nothing moves: in print, and for those who want less motion. */
function filmStyle({ frames, seconds, isBackAndForth }: Film): string {
  const steps = isBackAndForth ? 2 * frames - 2 : frames;
  const at = (step: number): string => `${((100 * step) / steps).toFixed(2)}%`;
  const shown = Array.from({ length: frames }, (_, i) => {
    const turns = isBackAndForth && i > 0 && i < frames - 1 ? [i, steps - i] : [i];
    const times = turns.map((step) => `${at(step)}{visibility:visible}${at(step + 1)}{visibility:hidden}`);
    const first = i === 0 ? '' : '0%{visibility:hidden}';
    return `@keyframes f${i}{${first}${times.join('')}}.f${i}{animation-name:f${i}}`;
  });
  return [
    `.frame{visibility:hidden;animation:${seconds}s step-end infinite}.f0{visibility:visible}`,
    ...shown,
    '@media print,(prefers-reduced-motion:reduce){.frame{animation:none}}',
  ].join('');
}

/** Plot counts what it clips over all figures of a process; here the name of the figure tells them apart. */
function ownIds(name: string, svg: string): string {
  const ids = new Map<string, string>();
  return svg.replace(/plot-clip-\d+/g, (id) => {
    if (!ids.has(id)) ids.set(id, `${name}-clip-${ids.size + 1}`);
    return ids.get(id)!;
  });
}

/** The figure as the bytes of a PNG. */
export async function pngOf(figure: Figure): Promise<Uint8Array> {
  return new Uint8Array(
    await sharp(Buffer.from(svgOf(figure)), { density: 72 * SCALE })
      .png({ palette: true })
      .toBuffer(),
  );
}
