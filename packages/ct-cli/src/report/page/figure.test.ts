import * as Plot from '@observablehq/plot';
import { expect, it } from 'vitest';
import { figure, logTicksBetween, ticksBetween } from './figure.js';

it('draws for two widths, each an image with a name and a description of its own ids', () => {
  const html = figure({
    id: 'f',
    title: 'A <title>',
    description: 'What it shows',
    caption: 'Below',
    key: [{ mark: 'beam', colour: 'var(--ink)', text: '1 & 2' }],
    plot: () => ({ marks: [Plot.dot([[1, 2]])] }),
  });
  expect(html).toContain('A &#60;title&#62;');
  expect(html).toContain('1 &#38; 2');
  for (const name of ['wide', 'narrow']) {
    expect(html).toContain(`id="f-${name}-title">A &lt;title&gt;`);
    expect(html).toContain(`aria-labelledby="f-${name}-title"`);
  }
  expect([...html.matchAll(/role="img"/g)].length).toBe(2);
  // A group may not have a name.
  expect(html).not.toContain('aria-label=');
});

it('makes round ticks, none above the most', () => {
  expect(ticksBetween(97.2, 100.3, 6, 100)).toEqual([98, 99, 100]);
  expect(ticksBetween(97.2, 100.3, 7, 100)).toEqual([97.5, 98, 98.5, 99, 99.5, 100]);
  expect(ticksBetween(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(logTicksBetween(0.008, 0.05)).toEqual([0.01, 0.015, 0.02, 0.03, 0.05]);
});
