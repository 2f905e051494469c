// `ct start` as a user runs it, with as little work as it can be told.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SteerReport } from '../src/index.js';
import { inFolders } from './ct.js';

const { ct, folder } = inFolders();

it('ct start: adapts and attacks in one report, each beside its control', async () => {
  const { code, stdout, stderr } = await ct(['start', '--epochs', '1', '--betas', '0.8', '--images', '2']);
  expect(code, stderr).toBe(0);
  const files = readdirSync(join(folder(), 'ct-report'));
  for (const file of ['attack.json', 'attack.svg', 'report.html', 'report.json']) expect(files).toContain(file);
  const report = JSON.parse(readFileSync(join(folder(), 'ct-report', 'report.json'), 'utf8')) as SteerReport;
  expect(Object.keys(report.results[0]!.outcomes)).toEqual(['probe', 'bn', 'sct', 'tct', 'lora']);
  expect(report.robustness!.networks.slice(0, 2).map(({ role }) => role)).toEqual(['given', 'control']);
  expect(stdout).toMatch(/1 of 2[^]*LoRA[^]*2 of 2[^]*held-out images/);
  expect(readFileSync(join(folder(), 'ct-report', 'report.html'), 'utf8')).toContain(
    'Robustness: one number, no training',
  );
});
