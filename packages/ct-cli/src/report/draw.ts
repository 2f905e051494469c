/**
 * Draws a plot without a browser.
 */
import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { visible } from '../terminal/terminal.js';

const STYLE = { fontFamily: 'system-ui, sans-serif', fontSize: '12px', background: 'white' };

/** SVG text of a plot; a `title` stands above it, inside the SVG, and wants room: `marginTop`. */
export function draw({ title, ...options }: Plot.PlotOptions & { title?: string }): string {
  const { document } = new JSDOM('').window;
  const plot = Plot.plot({ width: 560, marginLeft: 48, style: STYLE, ...options, document });
  if (title !== undefined) {
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    for (const [name, value] of Object.entries({
      x: 12,
      y: 20,
      'font-size': 15,
      'font-weight': 'bold',
      'text-anchor': 'start',
      fill: '#111827',
    }))
      text.setAttribute(name, String(value));
    text.textContent = visible(title);
    plot.append(text);
  }
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return plot.outerHTML;
}
