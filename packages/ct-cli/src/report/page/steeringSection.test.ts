import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import { steeringSection } from './steeringSection.js';

it('draws interpolated betas as rings, and says which was chosen and what an image is worth', () => {
  const { html } = steeringSection(someReport())!;
  expect(html).toContain('interpolated between computed features');
  expect(html).toContain('chosen: beta 0.80');
  expect(html).toContain('4 of 9 betas tie; the loss decided');
  expect(html).toContain('one validation image of 160: 0.63 points');
  expect(html).toContain('The vertical axis begins at 89.');
  // Nine betas, 0, 3 and 6 of which are computed, at two widths.
  expect([...html.matchAll(/, interpolated<\/title>/g)].length).toBe(12);
  expect([...html.matchAll(/, computed<\/title>/g)].length).toBe(6);
});

it('has a band from the lowest seed to the highest, and says where ReLU was kept', () => {
  const { html } = steeringSection(someReport({ seeds: [42, 43], reluWins: true }))!;
  expect(html).toContain('from the lowest seed to the highest');
  expect(html).toContain('chosen: beta 1.00 (seed 42), 1.00 (seed 43)');
  expect(html).toContain('which was kept');
});

it('starts where the network does', () => {
  const { html } = steeringSection({ ...someReport({ reluWins: true }), own: 'gelu' })!;
  expect(html).toContain('0.64 is GELU.');
  expect(html).toContain("The network's own GELU was kept");
  expect(html).not.toContain('ReLU');
});

it('is no part of a report without S-CT', () => {
  expect(steeringSection(someReport({ methods: ['probe'] }))).toBeUndefined();
});
