// A sweep on Redis, whose workers are killed and whose server is restarted and emptied: results as those of one run.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasService } from '../../../tools/vitest/services.mjs';
import type { Sweep } from '../src/index.js';
import { cellsOf, loadKinds, runSweep, SweepFolder } from '../src/index.js';
import { emptyQueue, openBoard, runOnRedis, workOnRedis } from '../src/redis.js';
import { openQueue } from '../src/redis/queue.js';
import type { TestRedis } from './startRedis.js';
import { startRedis } from './startRedis.js';

const module = new URL('cells.mjs', import.meta.url).href;
const kinds = await loadKinds(module);
const LEASE = 2000;
const CELLS = 16;

if (!hasService('redis')) it.skip('sweeps on Redis (needs redis-server)');
else describe('sweeps on Redis', onRedis);

function onRedis(): void {
  let root: string;
  let redis: TestRedis;
  const workers = new Set<ChildProcess>();
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'ct-redis-'));
    redis = await startRedis(join(root, 'redis'));
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => redis.client.flushall());
  afterEach(async () => {
    for (const worker of workers) {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    }
    workers.clear();
  });

  const noises = (name: string, ms: number, log?: string): Sweep => ({
    name,
    cells: [
      {
        kind: 'noise',
        base: { ms, ...(log !== undefined && { log }) },
        over: { seed: Array.from({ length: CELLS }, (_, i) => i) },
      },
    ],
    limits: { attempts: 3 },
  });
  const placed = (folder: string): { redis: { url: string }; module: string; folder: string; interval: number } => ({
    redis: { url: redis.url },
    module,
    folder: join(root, folder),
    interval: 100,
  });
  const results = (folder: string): Record<string, string> =>
    Object.fromEntries(
      (existsSync(join(root, folder, 'results'))
        ? readdirSync(join(root, folder, 'results'), { recursive: true, encoding: 'utf8' })
        : []
      )
        .filter((name) => /[0-9a-f]{64}\.json$/.test(name))
        .sort()
        .map((name) => [name, readFileSync(join(root, folder, 'results', name), 'utf8')]),
    );
  const countOf = (folder: string): number => Object.keys(results(folder)).length;
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  /** A worker in a process of its own; `folder` undefined: it sends its results. */
  function startWorker(name: string, folder: string | undefined): ChildProcess {
    const script = `import { workOnRedis } from ${JSON.stringify(new URL('../dist/redis.js', import.meta.url).href)};
      await workOnRedis(${JSON.stringify({
        ...{ redis: { url: redis.url }, name, module, lease: LEASE },
        ...(folder !== undefined && { folder: join(root, folder) }),
      })});`;
    const worker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    workers.add(worker);
    return worker;
  }

  /** Three workers, one of which is killed after every `every` results, whichever `random` says, and replaced. */
  async function withKills(
    name: string,
    folder: string,
    { shared, every, disturb }: { shared: boolean; every: number; disturb?: (() => Promise<unknown>) | undefined },
  ): Promise<number> {
    const own = shared ? folder : undefined;
    const three = Array.from({ length: 3 }, () => startWorker(name, own));
    let [kills, state] = [0, 1];
    for (let next = every; next < CELLS; next += every) {
      await until(() => countOf(folder) >= next);
      state = (state * 1103515245 + 12345) % 2 ** 31;
      const at = state % 3;
      const gone = once(three[at]!, 'exit');
      three[at]!.kill('SIGKILL');
      await gone;
      kills++;
      if (kills === 2) await disturb?.();
      three[at] = startWorker(name, own);
    }
    return kills;
  }

  const faults = [
    ['a shared folder', true, undefined],
    ['results over the queue', false, undefined],
    ['a server that is killed and started again', true, () => redis.restart()],
    ['a queue that is emptied', true, () => redis.client.flushall()],
  ] as const;
  it.each(faults)(
    'three workers, of which one is killed after every fourth result, give what one run gives: %s',
    async (_title, shared, disturb) => {
      const log = join(root, `starts-${Math.random()}`);
      writeFileSync(log, '');
      const sweep = noises('kills', 200, log);
      const whole = `whole-${shared}-${disturb === undefined}-${countOf('x')}-${Math.random()}`;
      const killed = `${whole}-killed`;
      await runSweep(sweep, { module, folder: join(root, whole), inProcess: true });
      writeFileSync(log, '');
      const [summary, kills] = await Promise.all([
        runOnRedis(sweep, placed(killed)),
        withKills('kills', killed, { shared, every: 4, disturb }),
      ]);
      expect(summary).toEqual({ total: CELLS, done: CELLS, failed: [], differing: [], cancelled: false });
      expect(kills).toBe(3);
      expect(results(killed)).toEqual(results(whole));
      // A cell begins again where its worker was killed in the middle, and nowhere else, but where the queue was lost.
      const starts = readFileSync(log, 'utf8').trim().split('\n').length;
      expect(starts).toBeLessThanOrEqual(CELLS + (disturb === undefined ? kills : 3 * kills));
      if (!shared) expect(await redis.client.keys('ct-sweep-results:*')).toEqual([]);
    },
    120_000,
  );

  it('reports what throws, hangs or eats memory, and lets it begin anew after a retry', async () => {
    const file = join(root, 'second');
    const sweep: Sweep = {
      name: 'faults',
      cells: [
        { kind: 'throws', base: { message: 'm' } },
        { kind: 'hangs' },
        { kind: 'eats' },
        { kind: 'second', base: { file } },
      ],
      limits: { attempts: 2, seconds: 4, memoryMB: 300 },
    };
    const ending = new AbortController();
    const worker = workOnRedis({
      ...{ redis: { url: redis.url }, name: 'faults', module, folder: join(root, 'faults') },
      ...{ lease: LEASE, concurrency: 3, signal: ending.signal },
    });
    const summary = await runOnRedis(sweep, placed('faults'));
    expect(summary).toMatchObject({ total: 4, done: 1 });
    const folder = new SweepFolder(join(root, 'faults'));
    const failures = await Promise.all(summary.failed.map((hash) => folder.failure(hash)));
    expect(failures.map((one) => one!.reason).sort()).toEqual(['memory', 'threw', 'time']);
    // As ct sweep retry does it.
    for (const hash of summary.failed) await folder.forget(hash);
    const again = await runOnRedis(sweep, placed('faults'));
    expect(again.failed).toHaveLength(3);
    ending.abort();
    await worker;
  });

  it('a worker of another version refuses by name, and leaves the cell to others', async () => {
    const sweep: Sweep = { name: 'versions', cells: [{ kind: 'noise', base: { seed: 1 } }] };
    const old = join(root, 'old.mjs');
    writeFileSync(old, 'export const cells = { noise: { version: 2, run: () => 0 } };');
    const run = runOnRedis(sweep, placed('versions'));
    const worker = { redis: { url: redis.url }, name: 'versions', folder: join(root, 'versions'), lease: LEASE };
    await expect(workOnRedis({ ...worker, module: `file://${old}` })).rejects.toThrow(
      'worker: cells "noise" must be of version 1, as whoever began the sweep has them, this worker has version 2',
    );
    const ending = new AbortController();
    const other = workOnRedis({ ...worker, module, signal: ending.signal });
    expect(await run).toMatchObject({ done: 1, failed: [] });
    ending.abort();
    await other;
  });

  it('10,000 cells in the process of a worker take less than two minutes, and its memory stays', async () => {
    const many: Sweep = {
      name: 'many',
      cells: [{ kind: 'noise', over: { seed: Array.from({ length: 10_000 }, (_, i) => i) } }],
    };
    const begun = performance.now();
    const memory: number[] = [];
    let cells = 0;
    const ending = new AbortController();
    const worker = workOnRedis({
      ...{ redis: { url: redis.url }, name: 'many', module, folder: join(root, 'many') },
      ...{ concurrency: 50, inProcess: true, signal: ending.signal },
      onCell: () => {
        if (++cells % 1000 === 0) memory.push(process.memoryUsage().rss / 2 ** 20);
      },
    });
    const summary = await runOnRedis(many, { ...placed('many'), interval: 1000 });
    const seconds = (performance.now() - begun) / 1000;
    ending.abort();
    await worker;
    console.log(`10,000 cells: ${seconds.toFixed(0)} s, MB ${memory.map((one) => one.toFixed(0)).join(' ')}`);
    expect(summary.done).toBe(10_000);
    expect(seconds).toBeLessThan(120);
    // From the third thousand on: what was to be loaded is loaded.
    expect(Math.max(...memory.slice(3)) - memory[2]!).toBeLessThan(64);
    expect((await redis.client.keys('*many*')).length).toBeLessThan(10);
  });

  it('the queue takes less than 20 ms of a cell beside what it takes alone', async () => {
    const n = 200;
    const sweep: Sweep = {
      name: 'overhead',
      cells: [{ kind: 'noise', over: { seed: Array.from({ length: n }, (_, i) => i) } }],
    };
    const alone = performance.now();
    await runSweep(sweep, { module, folder: join(root, 'alone'), inProcess: true, concurrency: 1 });
    const first = performance.now();
    const ending = new AbortController();
    const worker = workOnRedis({
      ...{ redis: { url: redis.url }, name: 'overhead', module, folder: join(root, 'overhead') },
      ...{ inProcess: true, signal: ending.signal },
    });
    await runOnRedis(sweep, placed('overhead'));
    const milliseconds = (performance.now() - first - (first - alone)) / n;
    ending.abort();
    await worker;
    console.log(`the queue: ${milliseconds.toFixed(1)} ms a cell`);
    expect(milliseconds).toBeLessThan(20);
  });

  it('is cancelled, emptied, and ends where nothing comes', async () => {
    const sweep = noises('cancelled', 0);
    const folder = new SweepFolder(join(root, 'cancelled'));
    const run = runOnRedis(sweep, placed('cancelled'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await folder.cancel();
    expect(await run).toMatchObject({ done: 0, cancelled: true });
    await emptyQueue('cancelled', { url: redis.url });
    const queue = await openQueue('cancelled', { url: redis.url });
    expect(await queue.getJobCountByTypes('prioritized', 'wait', 'active', 'delayed')).toBe(0);
    await queue.close();
    await workOnRedis({ redis: { url: redis.url }, name: 'cancelled', module, idle: 300 });
  });

  it('shows its queues to those who know the password', async () => {
    const board = await openBoard({ redis: { url: redis.url }, names: ['shown'], password: 'secret' });
    const ask = (password: string, path = ''): Promise<Response> =>
      fetch(board.url + path, {
        headers: { authorization: `Basic ${Buffer.from(`ct:${password}`).toString('base64')}` },
      });
    expect((await fetch(board.url)).status).toBe(401);
    expect((await ask('secrex')).status).toBe(401);
    const page = await ask('secret');
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'self'"),
    ]);
    const { queues } = (await (await ask('secret', '/api/queues')).json()) as { queues: { name: string }[] };
    expect(queues.map(({ name }) => name)).toEqual(['ct-sweep-shown']);
    await board.close();
  });

  it('names the cells of a sweep as local runs do', () => {
    expect(cellsOf(noises('x', 0), kinds)).toHaveLength(CELLS);
  });
}
