// `ct attack` from beginning to end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { AttackReport, SteerReport } from '../src/index.js';
import { waterfallFigure } from '../src/report/waterfallFigure.js';
import { inFolders } from './ct.js';
import { drawPhotos, graphArtifacts, layersArtifacts, writeModel } from './tinyModels.js';

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

it.each(['layers', 'graph'])('ct attack --model --adapter: the classifier that ct tune made of %s', async (kind) => {
  await tf.setBackend('cpu');
  await drawPhotos(join(folder(), 'photos'), 12);
  writeModel(join(folder(), kind), kind === 'graph' ? graphArtifacts() : await layersArtifacts());
  const asked = ['--model', kind, '--data', 'photos', '--backend', 'cpu', '--seed', '3'];
  const tuned = await ct(['tune', ...asked, '--epochs', '1', '--output', 'tuned']);
  expect(tuned.code, tuned.stderr).toBe(0);
  const adapter = ['--adapter', 'tuned/adapter.safetensors'];
  const { code, stdout, stderr } = await ct(['attack', ...asked, ...adapter, '--images', '3', '--output', 'out']);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('36 images of 3 classes');
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder(), file), 'utf8'));
  const report = read('out/attack.json') as AttackReport;
  expect(report.network).toBe(`${kind} with tuned/adapter.safetensors`);
  expect(Object.keys(report.networks[0]!.accuracyAfter)).toEqual(['clean', 'apgd-ce', 'fab-t', 'square']);
  expect(stdout).toContain('APGD-T is left out: its loss needs four classes.');
  expect(stdout.includes('Nothing to calibrate')).toBe(kind === 'graph');
  expect(report.networks.map(({ role }) => role).includes('control')).toBe(kind === 'layers');
  // The same split, so the same test images: what the adapter got right in its run.
  const { results } = read('tuned/report.json') as SteerReport;
  expect(report.networks[0]!.clean.share).toBeCloseTo(results[0]!.outcomes.tct!.testAccuracy, 9);
  const other = await ct(['attack', ...asked, ...adapter, '--data', 'digits', '--images', '3']);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("option '--data <set>' must be given once")]);
  const digits = ['--model', kind, '--data', 'digits', '--backend', 'cpu', ...adapter];
  const refused = await ct(['attack', ...digits, '--images', '3']);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining("--data digits must have the network's 3 classes, has 10"),
  ]);
});
