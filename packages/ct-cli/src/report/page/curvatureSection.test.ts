import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import { curvatureSection } from './curvatureSection.js';

it('draws shares of all channels, which add up to 100 %', () => {
  const { html } = curvatureSection(someReport())!;
  expect(html).toContain('240 channels');
  const wide = html.slice(html.indexOf('id="learnt-beta-wide'), html.indexOf('id="learnt-beta-narrow'));
  const shares = [...wide.matchAll(/beta [\d.]+ to [\d.]+: ([\d.]+) %/g)].map(([, share]) => Number(share));
  expect(shares.length).toBe(25);
  expect(Math.abs(shares.reduce((a, b) => a + b, 0) - 100)).toBeLessThan(1);
});

it('says where training began', () => {
  expect(curvatureSection(someReport())!.html).toContain('all began at 0.8.');
  const { html } = curvatureSection({ ...someReport(), own: 'silu' })!;
  expect(html).toContain('all began at 0.5.');
  expect(html).toContain('all began at 1.');
});

it('is no part of a report without T-CT', () => {
  expect(curvatureSection(someReport({ methods: ['probe'] }))).toBeUndefined();
});
