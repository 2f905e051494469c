// `ct start` as a user runs it, with as little work as it can be told.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import type { SteerReport } from '../index.js';

const bin = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ct-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('ct start: adapts and attacks in one report, each beside its control', { timeout: 400_000 }, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [bin, 'start', '--epochs', '1', '--betas', '0.8', '--images', '2'],
    { cwd: folder },
  );
  const files = readdirSync(join(folder, 'ct-report'));
  for (const file of ['attack.json', 'attack.svg', 'report.html', 'report.json']) expect(files).toContain(file);
  const report = JSON.parse(readFileSync(join(folder, 'ct-report', 'report.json'), 'utf8')) as SteerReport;
  expect(Object.keys(report.results[0]!.outcomes)).toEqual(['probe', 'bn', 'sct', 'tct', 'lora']);
  expect(report.robustness!.networks.slice(0, 2).map(({ role }) => role)).toEqual(['given', 'control']);
  expect(stdout).toMatch(/1 of 2[^]*LoRA[^]*2 of 2[^]*held-out images/);
  expect(readFileSync(join(folder, 'ct-report', 'report.html'), 'utf8')).toContain(
    'Robustness: one number, no training',
  );
});
