// `ct attack` from beginning to end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AttackReport } from '../src/index.js';
import { waterfallFigure } from '../src/report/waterfallFigure.js';
import { inFolders } from './ct.js';

const { ct, folder } = inFolders();

it('ct attack: a table, a waterfall with eps and n in its title, and a record that agree', async () => {
  const { code, stdout, stderr } = await ct(['attack', '--images', '6', '--eps', '0.03', '--output', 'out']);
  expect(code, stderr).toBe(0);
  const report = JSON.parse(readFileSync(join(folder(), 'out', 'attack.json'), 'utf8')) as AttackReport;
  expect(report.command).toBe('ct attack --images 6 --eps 0.03 --output out');
  expect(report.threat).toEqual({ norm: 'Linf', eps: 0.03, images: 6, version: 'quick', seed: 0 });
  const { choice, comparison, beta, networks } = report;
  expect(networks.map(({ role }) => role)).toEqual(['given', 'control', 'steered']);
  expect(networks[2]!.name).toBe(`beta ${beta}, calibrated`);
  expect(choice!.history).toHaveLength(9);
  const best = Math.max(...choice!.history.map(({ robustAccuracy }) => robustAccuracy));
  expect(choice!.history.find((one) => one.beta === beta)!.robustAccuracy).toBe(best);
  expect(stdout).toContain(`Beta ${beta} withstood most of 7`);
  expect(comparison!.robustPoints).toBeCloseTo((100 * (comparison!.onlySteered - comparison!.onlyControl)) / 6, 8);
  for (const { accuracyAfter, largestNorm, robust, clean } of networks) {
    expect(clean.images).toBe(797);
    expect(robust.share).toBe(Object.values(accuracyAfter).at(-1));
    expect(robust.interval[0]).toBeLessThan(robust.share + 1e-9);
    expect(robust.interval[1]).toBeGreaterThan(robust.share - 1e-9);
    const values = Object.values(accuracyAfter);
    expect(Object.keys(accuracyAfter)).toEqual(['clean', 'apgd-ce', 'apgd-t', 'square']);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(accuracyAfter.clean).toBeGreaterThan(0.3);
    expect(values.at(-1)).toBeLessThan(accuracyAfter.clean!);
    expect(largestNorm).toBeLessThan(0.03 * 1.00001);
    expect(stdout).toContain(values.map((share) => (100 * share).toFixed(1).padStart(0)).at(-1)!);
  }
  const svg = readFileSync(join(folder(), 'out', 'attack.svg'), 'utf8');
  expect(svg).toContain('Quick attacks, Linf, eps = 0.03, n = 6');
  expect(svg.trim()).toBe(waterfallFigure(report).trim());
});
