/**
 * Draws a plot without a browser.
 */
import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { visible } from '../terminal/terminal.js';

/** What a drawing is called. */
export interface Drawing {
  /** Begins the ids inside, which are unique on a page. */
  id: string;
  title: string;
  description: string;
  /** Of the SVG. */
  className?: string;
  /** Whether title and description stand above the plot, inside the SVG; they want room: `marginTop`. */
  headed?: boolean;
  /** CSS inside the SVG, for one that is a file of its own. */
  css?: string;
}

/** SVG text of a plot: an image with a name and a description, whose parts are not read out one by one. */
export function draw(options: Plot.PlotOptions, drawing: Drawing): string {
  const { id, title, description, className, headed = false, css } = drawing;
  const { document } = new JSDOM('').window;
  const style = {
    fontFamily: 'system-ui, sans-serif',
    fontSize: '12px',
    background: css === undefined ? 'none' : 'var(--paper)',
  };
  const plot = Plot.plot({ width: 560, marginLeft: 48, style, ...options, document });
  const element = (name: string, attributes: Record<string, string | number>, text: string): Element => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    made.textContent = visible(text);
    return made;
  };
  // Plot names its groups, to which no role gives a right to a name.
  for (const name of ['aria-label', 'aria-description'])
    plot.querySelectorAll(`[${name}]`).forEach((part) => part.removeAttribute(name));
  if (headed)
    plot.append(
      element('text', { x: 12, y: 20, fill: 'currentColor', 'font-size': 15, 'font-weight': 'bold' }, title),
      element('text', { x: 12, y: 38, fill: 'currentColor' }, description),
    );
  if (css !== undefined) plot.querySelector('style')!.prepend(css);
  plot.prepend(element('title', { id: `${id}-title` }, title), element('desc', { id: `${id}-desc` }, description));
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-labelledby', `${id}-title`);
  plot.setAttribute('aria-describedby', `${id}-desc`);
  if (className !== undefined) plot.classList.add(className);
  return plot.outerHTML;
}
