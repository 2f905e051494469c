// Every public function refuses arguments of a wrong kind, out of range or unknown, by their name: the tables are made
// from the schemas.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusals } from '@curvature-tuning/checks/testing';
import { afterAll, expect, it } from 'vitest';
import { hashOfCellArguments, titleOfCellArguments } from '../src/cell/cell.js';
import { loadKindsArguments } from '../src/cell/loadKinds.js';
import { cellsOfArguments, parseSweepArguments } from '../src/cell/sweep.js';
import { runSweepArguments } from '../src/engines/runSweep.js';
import { openBoardArguments } from '../src/redis/board.js';
import { emptyQueueArguments } from '../src/redis/emptyQueue.js';
import { runOnRedisArguments } from '../src/redis/runOnRedis.js';
import { workOnRedisArguments } from '../src/redis/workOnRedis.js';
import { slurmScriptArguments } from '../src/slurm/slurmScript.js';
import { readPlanArguments, writePlanArguments } from '../src/folder/planFile.js';
import type { CellKinds, RunSweepOptions, Sweep } from '../src/index.js';
import * as sweeps from '../src/index.js';
import type { BoardOptions, RedisWorkerOptions, RunOnRedisOptions } from '../src/redis.js';
import * as onRedis from '../src/redis.js';

const folder = mkdtempSync(join(tmpdir(), 'ct-arguments-'));
afterAll(() => rmSync(folder, { recursive: true }));

const module = new URL('cells.mjs', import.meta.url).href;
const kinds: CellKinds = await sweeps.loadKinds(module);
const sweep: Sweep = { name: 'x', cells: [{ kind: 'noise', base: {}, over: {} }], limits: {} };
const { covered, refuses } = refusals();

it('cells and sweeps', async () => {
  const cell = { kind: 'noise', version: 1, spec: {} };
  await refuses('hashOfCell', hashOfCellArguments, { good: { cell }, atLeast: 60 }, (a) => sweeps.hashOfCell(a.cell));
  const titled = { kind: 'noise', spec: {} };
  await refuses('titleOfCell', titleOfCellArguments, { good: { cell: titled }, atLeast: 40 }, (a) =>
    sweeps.titleOfCell(a.cell),
  );
  await refuses('loadKinds', loadKindsArguments, { good: { url: module }, atLeast: 15 }, (a) =>
    sweeps.loadKinds(a.url),
  );
  const text = { name: 'x', json: JSON.stringify(sweep) };
  await refuses('parseSweep', parseSweepArguments, { good: text, atLeast: 30 }, (a) =>
    sweeps.parseSweep(a.name, a.json),
  );
  await refuses('cellsOf', cellsOfArguments, { good: { sweep, kinds }, atLeast: 60 }, (a) =>
    sweeps.cellsOf(a.sweep, a.kinds),
  );
});

it('folders and runs', async () => {
  const plan = { folder, sweep, kinds };
  await refuses('writePlan', writePlanArguments, { good: plan, atLeast: 80 }, (a) =>
    sweeps.writePlan(a.folder, a.sweep, a.kinds),
  );
  await refuses('readPlan', readPlanArguments, { good: { folder, kinds }, atLeast: 30 }, (a) =>
    sweeps.readPlan(a.folder, a.kinds),
  );
  const options: RunSweepOptions = { module, folder, inProcess: true };
  await refuses('runSweep', runSweepArguments, { good: { sweep, options }, atLeast: 200 }, (a) =>
    sweeps.runSweep(a.sweep, a.options),
  );
});

it('Redis and SLURM', async () => {
  const redis = { url: 'redis://127.0.0.1:1' };
  const run: RunOnRedisOptions = { redis, module, folder };
  await refuses('runOnRedis', runOnRedisArguments, { good: { sweep, options: run }, atLeast: 200 }, (a) =>
    onRedis.runOnRedis(a.sweep, a.options),
  );
  const work: RedisWorkerOptions = { redis, name: 'x', module };
  await refuses('workOnRedis', workOnRedisArguments, { good: { options: work }, atLeast: 150 }, (a) =>
    onRedis.workOnRedis(a.options),
  );
  await refuses('emptyQueue', emptyQueueArguments, { good: { name: 'x', redis }, atLeast: 40 }, (a) =>
    onRedis.emptyQueue(a.name, a.redis),
  );
  const board: BoardOptions = { redis, names: ['x'], password: 'y' };
  await refuses('openBoard', openBoardArguments, { good: { options: board }, atLeast: 100 }, (a) =>
    onRedis.openBoard(a.options),
  );
  const array = { name: 'x', command: ['ct'], workers: 2, logs: folder };
  await refuses('slurmScript', slurmScriptArguments, { good: { options: array }, atLeast: 100 }, (a) =>
    sweeps.slurmScript(a.options),
  );
});

it('no public function is left out', () => {
  const isClass = (value: unknown): boolean => /^class /.test(Function.prototype.toString.call(value));
  const functions = Object.entries({ ...sweeps, ...onRedis }).filter(
    ([, value]) => typeof value === 'function' && !isClass(value),
  );
  expect(functions.map(([name]) => name).sort()).toEqual([...covered].sort());
});
