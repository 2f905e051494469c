import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import { mistakesSection } from './mistakesSection.js';

it('shows the matrices of T-CT and of its control, and opens the others', () => {
  const { html } = mistakesSection(someReport());
  const [shown, closed] = html.split('</div>\n<details>') as [string, string];
  expect(shown).toContain('calibrated (control): 11 of 120 wrong');
  expect(shown).toContain('T-CT: 7 of 120 wrong');
  expect(closed).toContain('S-CT: 9 of 120 wrong');
  // Every test image is in a matrix once.
  const matrix = shown.slice(shown.indexOf('<table'), shown.indexOf('</table>'));
  const counts = [...matrix.matchAll(/--share:[\d.]+">(\d+)</g)].map(([, count]) => Number(count));
  expect(counts.reduce((a, b) => a + b, 0)).toBe(120);
});

it('shows the images that were got wrong, and what they were taken for', () => {
  const { html } = mistakesSection(someReport());
  expect(html).toContain('3 of 17 images that some method got wrong');
  expect(html).toContain('alt="Test image 0, 0"><strong>0</strong>, taken for <span class="said">1: all');
});

it('lists the pairs where classes are many, and says where nothing was wrong', () => {
  const classes = Array.from({ length: 40 }, (_, i) => `<class ${i}>`);
  const { html } = mistakesSection(someReport({ classes }));
  expect(html).toContain('the most frequent');
  expect(html).not.toContain('<class ');
  const report = someReport({ methods: ['probe'] });
  const [{ outcomes, test }] = report.results as [(typeof report.results)[number]];
  outcomes.probe!.predicted = test.labels;
  test.thumbnails = [];
  expect(mistakesSection(report).html).toContain('No method got a test image wrong.');
});
