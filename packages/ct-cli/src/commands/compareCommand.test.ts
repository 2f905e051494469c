// `ct compare` as a user runs it: a process, its exit code, its files.
import type { CompareReport } from '../index.js';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-compare-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function ct(
  args: string[],
  onOutput: (text: string, kill: () => void) => void = () => undefined,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        out[stream] += chunk.toString();
        onOutput(out[stream], () => child.kill('SIGINT'));
      });
    }
    child.on('close', (code) => resolve({ code, ...out }));
  });
}

describe('ct compare', { timeout: 240_000 }, () => {
  const quick = ['compare', '--methods', 'probe,lora,norm', '--seeds', '1', '--epochs', '1', '--output', 'out'];
  const read = (): CompareReport =>
    JSON.parse(readFileSync(join(folder, 'out', 'comparison.json'), 'utf8')) as CompareReport;

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
    expect(existsSync(join(folder, 'out', 'comparison.json'))).toBe(false);
    const kept = JSON.parse(readFileSync(join(folder, 'out', 'cells.json'), 'utf8')) as Record<string, unknown>;
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
    expect(readFileSync(join(folder, 'out', 'comparison.md'), 'utf8')).toContain('| LoRA, rank 1 |');
  });

  it('says what is wrong with options, and exits with 2', async () => {
    const { code, stderr } = await ct(['compare', '--methods', 'probe,lore']);
    expect(code).toBe(2);
    expect(stderr).toContain('Methods must be among probe, bn,');
    expect(stderr).toContain('got "lore"');
  });
});
