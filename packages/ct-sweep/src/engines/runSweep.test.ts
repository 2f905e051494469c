// Faults of the engine that needs nothing but a disk: whatever happens, every result is there once and is right.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadKinds } from '../cell/loadKinds.js';
import type { Sweep } from '../cell/sweep.js';
import { cellsOf } from '../cell/sweep.js';
import { writePlan } from '../folder/planFile.js';
import { SweepFolder } from '../folder/sweepFolder.js';
import type { RunSweepOptions } from './runSweep.js';
import { runSweep } from './runSweep.js';

const module = new URL('../../test/cells.mjs', import.meta.url).href;
const kinds = await loadKinds(module);
let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'ct-sweep-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const noises = (n: number, ms = 0): Sweep => ({
  name: 'noises',
  cells: [{ kind: 'noise', base: { ms }, over: { seed: Array.from({ length: n }, (_, i) => i) } }],
});
const optionsIn = (folder: string, options: Partial<RunSweepOptions> = {}): RunSweepOptions => ({
  module,
  folder: join(root, folder),
  ...options,
});
/** The bytes of every result; hidden files are what somebody who was killed had not written to the end. */
const results = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(root, folder, 'results'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /[0-9a-f]{64}\.json$/.test(name))
      .sort()
      .map((name) => [name, readFileSync(join(root, folder, 'results', name), 'utf8')]),
  );

it('runs what is not done, in processes and in its own alike', async () => {
  const sweep = noises(6);
  const progress = vi.fn();
  const summary = await runSweep(sweep, optionsIn('a', { onProgress: progress }));
  expect(summary).toEqual({ total: 6, done: 6, failed: [], differing: [], cancelled: false });
  expect(progress.mock.lastCall![0]).toMatchObject({ phase: 'sweep', done: 6, total: 6, secondsLeft: 0, running: [] });
  await runSweep(sweep, optionsIn('b', { inProcess: true }));
  expect(results('b')).toEqual(results('a'));
  const again = vi.fn();
  await runSweep(sweep, optionsIn('a', { onCell: again }));
  expect(again).not.toHaveBeenCalled();
  expect(readdirSync(join(root, 'a', 'claims'))).toEqual([]);
});

it('reports what throws, hangs or eats memory after its attempts, and does the rest', async () => {
  const sweep: Sweep = {
    name: 'faults',
    cells: [
      { kind: 'throws', base: { message: 'm' } },
      { kind: 'hangs' },
      { kind: 'eats' },
      { kind: 'second', base: { file: join(root, 'second') } },
      ...noises(2).cells,
    ],
    limits: { attempts: 2, seconds: 4, memoryMB: 300 },
  };
  const summary = await runSweep(sweep, optionsIn('a', { concurrency: 3 }));
  expect(summary).toMatchObject({ total: 6, done: 3 });
  const folder = new SweepFolder(join(root, 'a'));
  const failures = await Promise.all(summary.failed.map((hash) => folder.failure(hash)));
  expect(failures.map((one) => [one!.reason, one!.attempts]).sort()).toEqual([
    ['memory', 2],
    ['threw', 2],
    ['time', 2],
  ]);
});

it('names a cell whose second result differs from its first, which counts', async () => {
  const sweep: Sweep = { name: 'random', cells: [{ kind: 'random' }] };
  await runSweep(sweep, optionsIn('a', { inProcess: true }));
  const first = results('a');
  // Another worker was at it at the same time.
  vi.spyOn(SweepFolder.prototype, 'result').mockResolvedValueOnce(undefined);
  vi.spyOn(SweepFolder.prototype, 'done').mockResolvedValueOnce(new Set());
  const summary = await runSweep(sweep, optionsIn('a', { inProcess: true }));
  vi.restoreAllMocks();
  expect(summary.differing).toEqual([cellsOf(sweep, kinds)[0]!.hash]);
  expect(results('a')).toEqual(first);
});

it('a full disk stops the run by name, and costs no result', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const spy = vi.spyOn(SweepFolder.prototype, 'write').mockRejectedValueOnce(full);
  await expect(runSweep(noises(4), optionsIn('a', { inProcess: true, concurrency: 2 }))).rejects.toThrow(
    /must have room for results, got ENOSPC; make room, and run the same command again/,
  );
  spy.mockRestore();
  expect(await runSweep(noises(4), optionsIn('a', { inProcess: true }))).toMatchObject({ done: 4, failed: [] });
});

it('an abort ends what runs, and the next run goes on', async () => {
  const controller = new AbortController();
  const sweep = noises(4, 500);
  const onCell = (): void => controller.abort(new Error('enough'));
  await expect(runSweep(sweep, optionsIn('a', { signal: controller.signal, onCell }))).rejects.toThrow('enough');
  expect(Object.keys(results('a')).length).toBeLessThan(4);
  expect(await runSweep(sweep, optionsIn('a'))).toMatchObject({ done: 4 });
});

it('a sweep that is cancelled begins no cell, until it is resumed', async () => {
  const folder = new SweepFolder(join(root, 'a'));
  await folder.cancel();
  expect(await runSweep(noises(2), optionsIn('a', { inProcess: true }))).toMatchObject({ done: 0, cancelled: true });
  await folder.resume();
  expect(await runSweep(noises(2), optionsIn('a', { inProcess: true }))).toMatchObject({ done: 2, cancelled: false });
});

/** A worker of its own process on a folder, killed after so many results, or in the middle of the next. */
async function workUntilKilled(folder: string, results: number): Promise<void> {
  const script = `import { loadKinds, readPlan, runSweep } from ${JSON.stringify(
    new URL('../../dist/index.js', import.meta.url).href,
  )};
    const [module, folder] = process.argv.slice(1);
    await runSweep(await readPlan(folder, await loadKinds(module)), { module, folder, concurrency: 1, lease: 1000 });`;
  const worker = spawn(process.execPath, ['--input-type=module', '-e', script, module, folder], { stdio: 'inherit' });
  const begun = countOf(folder);
  const timer = setInterval(() => {
    if (countOf(folder) >= begun + results) worker.kill('SIGKILL');
  }, 5);
  await once(worker, 'close');
  clearInterval(timer);
}

const countOf = (folder: string): number =>
  existsSync(join(folder, 'results'))
    ? readdirSync(join(folder, 'results'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        /[0-9a-f]{64}\.json$/.test(name),
      ).length
    : 0;

it('three workers, killed after every second result, give what one run gives, each cell once', async () => {
  const sweep = noises(12, 100);
  await runSweep(sweep, optionsIn('whole', { inProcess: true }));
  const folder = join(root, 'killed');
  mkdirSync(folder);
  await writePlan(folder, sweep, kinds);
  const one = async (): Promise<void> => {
    while (countOf(folder) < 12) await workUntilKilled(folder, 2);
  };
  await Promise.all([one(), one(), one()]);
  expect(results('killed')).toEqual(results('whole'));
});

it('a cell whose worker is killed goes on from its scratch folder', async () => {
  const sweep: Sweep = { name: 'resumes', cells: [{ kind: 'resumes', base: { steps: 3 } }] };
  const folder = join(root, 'a');
  mkdirSync(folder);
  await writePlan(folder, sweep, kinds);
  let starts = 0;
  while (countOf(folder) < 1) {
    starts++;
    await workUntilKilled(folder, 2);
  }
  expect(starts).toBe(2);
  expect(existsSync(join(folder, 'scratch', cellsOf(sweep, kinds)[0]!.hash))).toBe(false);
});
