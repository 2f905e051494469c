// The command as a user runs it: a process, its exit code, its files.
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SteerReport } from '../index.js';

const bin = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
let folder: string;
const running = new Set<ChildProcess>();

beforeAll(() => expect(existsSync(bin), 'the package is built before its tests').toBe(true));
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ct-cli-'))));
afterEach(() => {
  // What a test that timed out left running.
  running.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

function ct(
  args: string[],
  onStderr: (text: string, kill: () => void) => void = () => undefined,
  env: Record<string, string> = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: folder,
      env: { ...process.env, CT_DATA_DIR: join(folder, 'empty'), ...env },
    });
    running.add(child);
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      out.stdout += chunk.toString();
      onStderr(out.stdout, () => child.kill('SIGINT'));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      out.stderr += chunk.toString();
      onStderr(out.stderr, () => child.kill('SIGINT'));
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...out });
    });
  });
}

/** Whether `ct-node setup` was run in this checkout. */
const hasNative =
  spawnSync('npx', ['--no-install', 'ct-node', 'doctor'], {
    cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
  }).status === 0;

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

describe('ct steer', { timeout: 300_000 }, () => {
  it('ends with a table, report.html and report.json that agree', async () => {
    const { code, stdout } = await ct([...quick, '--output', 'out']);
    expect(code).toBe(0);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual([
      'adapter.safetensors',
      'lora',
      'report.html',
      'report.json',
    ]);
    const report = JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8')) as SteerReport;
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
    const html = readFileSync(join(folder, 'out', 'report.html'), 'utf8');
    expect(html).toContain(`${(100 * mean).toFixed(1)} ±`);
    // Six figures, for two widths each.
    expect(html.match(/role="img"/g)?.length).toBe(12);
    // Self-contained: it loads nothing.
    expect(html).not.toMatch(/<script src|<link|src="(?!data:)|url\((?!#)|@import/);
    expect(html.match(/src="data:image\/png/g)?.length).toBe(report.results[0]!.test.thumbnails.length);
  });

  it('Ctrl-C stops with 130 and leaves no file', async () => {
    let asked = false;
    const { code, stderr } = await ct(['steer', '--output', 'out'], (text, kill) => {
      if (asked || !text.includes('/5 (')) return;
      // Once: a second Ctrl-C stops the process at once.
      asked = true;
      kill();
    });
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted; nothing was written');
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('says what is wrong with options, in a sentence, and exits with 2', async () => {
    const cases: [string[], string][] = [
      [
        ['steer', '--betas', '1.2'],
        "option '--betas <list>' argument '1.2' is invalid. Curvatures must lie in [0, 1], got 1.2.",
      ],
      [['steer', '--methods', 'sct,lore'], 'Methods must be among probe, '],
      [['steer', '--seeds', '0'], 'Expected a whole number from 1 to 1000, got "0".'],
      [['steer', '--seed', '-1'], 'Expected a whole number from 0 to 4294967295, got "-1".'],
      [['steer', '--backend', 'webgl'], 'Allowed choices are wasm, cpu, node.'],
      [['steer', '--protocol', 'best'], 'Allowed choices are strict, paper.'],
      [['steer', '--colour'], "unknown option '--colour'"],
      [
        ['steer', '--data', 'nowhere'],
        '--data must be one of digits, fashion-mnist-sample, fashion-mnist, mnist, or a folder of images; got ' +
          '"nowhere"',
      ],
      [['stir'], "unknown command 'stir'"],
    ];
    for (const [args, sentence] of cases) {
      const { code, stderr } = await ct(args);
      expect(stderr).toContain(sentence);
      expect(code, args.join(' ')).toBe(2);
    }
  });

  it('--help exits with 0 and lists every option with its default', async () => {
    const { code, stdout } = await ct(['steer', '--help']);
    expect(code).toBe(0);
    for (const text of [
      '--data',
      '"digits"',
      '--methods',
      'probe,bn,sct,tct,lora)',
      '--backend',
      '"wasm"',
      '--betas',
      '0.30:0.98:0.02',
      '--protocol',
      '"strict"',
      '--seeds',
      '--seed',
      '--output',
      '"ct-report"',
    ])
      expect(stdout).toContain(text);
  });

  it('fails when the output folder cannot be had, and leaves nothing', async () => {
    writeFileSync(join(folder, 'file'), '');
    const noOutput = await ct(['steer', '--betas', '0.9', '--output', 'file']);
    // At once, not after minutes of work.
    expect(noOutput.code).toBe(2);
    expect(noOutput.stderr).toContain('--output must be a folder, "file" is something else');
    expect(readdirSync(folder).filter((name) => name !== 'file')).toEqual([]);
  });

  it.skipIf(!hasNative)(
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
      const report = JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8')) as SteerReport;
      expect(report.backend).toBe('node');
      // The same data and seed as on wasm; floats are added in another order.
      const wasm = await ct(['steer', '--methods', 'probe,sct', '--betas', '0.8,0.95', '--output', 'wasm']);
      expect(wasm.code).toBe(0);
      const other = JSON.parse(readFileSync(join(folder, 'wasm', 'report.json'), 'utf8')) as SteerReport;
      expect(report.results[0]!.data).toEqual(other.results[0]!.data);
      for (const arm of ['probe', 'sct'] as const)
        expect(
          Math.abs(report.results[0]!.outcomes[arm]!.testAccuracy - other.results[0]!.outcomes[arm]!.testAccuracy),
        ).toBeLessThan(0.03);
    },
  );

  it('--backend node without its set-up fails with 1 and names the cure', async () => {
    const { code, stderr } = await ct(['steer', '--backend', 'node'], undefined, {
      CT_NODE_CACHE: join(folder, 'no-cache'),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/the backend "node" .*run npx ct-node setup/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
