// `ct steer` from beginning to end, on wasm and on tfjs-node.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SteerReport } from '../src/index.js';
import { hasNative, inFolders } from './ct.js';

const { ct, folder } = inFolders();

const quick = [
  'steer',
  '--methods',
  'probe,sct,bn,tct,lora,norm',
  '--betas',
  '0.8,0.95',
  '--seeds',
  '2',
  '--epochs',
  '2',
];

describe('ct steer', () => {
  it('ends with a table, report.html and report.json that agree', async () => {
    const { code, stdout } = await ct([...quick, '--output', 'out']);
    expect(code).toBe(0);
    expect(readdirSync(join(folder(), 'out')).sort()).toEqual([
      'adapter.safetensors',
      'lora',
      'report.html',
      'report.json',
    ]);
    const report = JSON.parse(readFileSync(join(folder(), 'out', 'report.json'), 'utf8')) as SteerReport;
    expect(report.command).toBe(
      'ct steer --methods probe,sct,bn,tct,lora,norm --betas 0.8,0.95 --seeds 2 --epochs 2 --output out',
    );
    expect(report.results.map(({ seed }) => seed)).toEqual([42, 43]);
    for (const { data, outcomes, sct, tct, test } of report.results) {
      expect(Object.keys(outcomes)).toEqual(['probe', 'sct', 'bn', 'tct', 'lora', 'norm']);
      expect(data).toMatchObject({ name: 'digits', train: 640, validation: 160, test: 797 });
      expect(data.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(sct!.history.map(({ beta }) => beta)).toEqual([0.8, 0.95]);
      expect(Object.values(outcomes).map(({ parameters }) => parameters.withoutHead)).toEqual([
        0, 0, 0, 480, 4217, 1120,
      ]);
      for (const { parameters } of Object.values(outcomes)) expect(parameters.total - parameters.withoutHead).toBe(650);
      // The control trains nothing in epochs.
      expect([outcomes.bn!.history, outcomes.tct!.history!.length]).toEqual([undefined, 2]);
      expect(outcomes.tct!.validationAccuracy).toBeGreaterThanOrEqual(outcomes.bn!.validationAccuracy);
      expect(outcomes.sct!.validationAccuracy).toBeGreaterThanOrEqual(outcomes.probe!.validationAccuracy);
      expect(tct!.beta.histogram.reduce((a, b) => a + b)).toBe(240);
      // Predictions are of the classifiers that were scored.
      for (const { predicted, testAccuracy } of Object.values(outcomes))
        expect(predicted.filter((one, i) => one === test.labels[i]).length / 797).toBeCloseTo(testAccuracy, 6);
      // Far from chance, and not suspiciously perfect.
      for (const outcome of [outcomes.probe!, outcomes.sct!])
        expect(outcome.testAccuracy > 0.85 && outcome.testAccuracy < 1).toBe(true);
    }
    const mean = (report.results[0]!.outcomes.sct!.testAccuracy + report.results[1]!.outcomes.sct!.testAccuracy) / 2;
    expect(stdout).toContain(`${(100 * mean).toFixed(1)} ±`);
    const html = readFileSync(join(folder(), 'out', 'report.html'), 'utf8');
    expect(html).toContain(`${(100 * mean).toFixed(1)} ±`);
    // Six figures, for two widths each.
    expect(html.match(/role="img"/g)?.length).toBe(12);
    // Self-contained: it loads nothing.
    expect(html).not.toMatch(/<script src|<link|src="(?!data:)|url\((?!#)|@import/);
    expect(html.match(/src="data:image\/png/g)?.length).toBe(report.results[0]!.test.thumbnails.length);
  });

  it.skipIf(!hasNative())(
    '--backend node runs on tfjs-node and its native kernels (needs npx ct-node setup)',
    async () => {
      const { code, stdout, stderr } = await ct([
        'steer',
        '--methods',
        'probe,sct',
        '--betas',
        '0.8,0.95',
        '--backend',
        'node',
        '--output',
        'out',
      ]);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('backend node');
      const report = JSON.parse(readFileSync(join(folder(), 'out', 'report.json'), 'utf8')) as SteerReport;
      expect(report.backend).toBe('node');
      // The same data and seed as on wasm; floats are added in another order.
      const wasm = await ct(['steer', '--methods', 'probe,sct', '--betas', '0.8,0.95', '--output', 'wasm']);
      expect(wasm.code).toBe(0);
      const other = JSON.parse(readFileSync(join(folder(), 'wasm', 'report.json'), 'utf8')) as SteerReport;
      expect(report.results[0]!.data).toEqual(other.results[0]!.data);
      for (const arm of ['probe', 'sct'] as const)
        expect(
          Math.abs(report.results[0]!.outcomes[arm]!.testAccuracy - other.results[0]!.outcomes[arm]!.testAccuracy),
        ).toBeLessThan(0.03);
    },
  );
});
