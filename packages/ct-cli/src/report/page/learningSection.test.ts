import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import { learningSection } from './learningSection.js';

it('draws every method that has epochs, and says which epoch was kept', () => {
  const { html } = learningSection(someReport({ seeds: [42, 43] }))!;
  expect(html).toContain('T-CT (kept: epoch 12, 13)');
  expect(html).toContain('LoRA, rank 1 (kept: epoch 12, 13)');
  expect(html).toContain('LoRA, rank 1, seed 43, epoch 13: ');
  // Two methods, two seeds, twenty epochs, and the header.
  expect([...html.matchAll(/<tr>/g)].length).toBe(81);
});

it('says where no epoch was better than the start', () => {
  const report = someReport({ methods: ['tct'] });
  report.results[0]!.outcomes.tct!.bestEpoch = null;
  expect(learningSection(report)!.html).toContain('T-CT (kept: the start)');
});

it('is no part of a report without training', () => {
  expect(learningSection(someReport({ methods: ['probe', 'bn', 'sct'] }))).toBeUndefined();
});
