import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import { someRobustness } from '../../../test/someRobustness.js';
import { page } from './page.js';
import { robustnessSection } from './robustnessSection.js';

it('has a row a network, the price and how beta was chosen, and is left out of reports without', () => {
  expect(robustnessSection(someReport())).toBeUndefined();
  const report = { ...someReport(), robustness: someRobustness() };
  const { html } = robustnessSection(report)!;
  expect(html.match(/<th scope="row">/g)).toHaveLength(3);
  expect(html).toContain('points under attack');
  expect(html).toContain('held-out images');
  expect(page(report)).toContain('href="#robustness"');
});
