// `ct compare` from beginning to end, with an interruption between.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompareReport } from '../src/index.js';
import { inFolders } from './ct.js';

const { ct, folder } = inFolders();

describe('ct compare', () => {
  const quick = ['compare', '--methods', 'probe,lora,norm', '--seeds', '1', '--epochs', '1', '--output', 'out'];
  const read = (): CompareReport =>
    JSON.parse(readFileSync(join(folder(), 'out', 'comparison.json'), 'utf8')) as CompareReport;

  it('ends with a table and a record that agree; interrupted, it keeps its cells and goes on from them', async () => {
    let asked = false;
    const stopped = await ct(quick, (text, kill) => {
      if (asked || !text.includes('4/7')) return;
      // Once: a second Ctrl-C stops the process at once.
      asked = true;
      kill();
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /interrupted; \d cells are kept in .*cells\.json, and the same command goes on from there/,
    );
    expect(existsSync(join(folder(), 'out', 'comparison.json'))).toBe(false);
    const kept = JSON.parse(readFileSync(join(folder(), 'out', 'cells.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(kept).length).toBeGreaterThanOrEqual(4);

    const { code, stdout, stderr } = await ct(quick);
    expect(code, stderr).toBe(0);
    const report = read();
    expect(report.cells.length).toBe(7);
    for (const cell of Object.values(kept)) expect(report.cells).toContainEqual(cell);
    expect(report.rows.map(({ method, parameters }) => [method, parameters.withoutHead, parameters.total])).toEqual([
      ['probe', 0, 650],
      ['lora', 4217, 4867],
      ['norm', 1120, 1770],
    ]);
    for (const { title, testAccuracy } of report.rows)
      expect(stdout).toMatch(new RegExp(`${title}\\s+${(100 * testAccuracy.mean).toFixed(1)}`));
    expect(readFileSync(join(folder(), 'out', 'comparison.md'), 'utf8')).toContain('| LoRA, rank 1 |');
  });
});
