import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CellSpec } from '../cell/cell.js';
import type { ChildOptions, Outcome } from './runInChild.js';
import { runInChild } from './runInChild.js';

const module = new URL('../../test/cells.mjs', import.meta.url).href;
const run = (kind: string, spec: CellSpec, options?: ChildOptions, version = 1): Promise<Outcome> =>
  runInChild({ module, cell: { kind, version, spec }, scratch: join(tmpdir(), 'ct-none') }, options);

it('gives the result, what it took, and its progress', async () => {
  const shares: number[] = [];
  const outcome = await run('noise', { seed: 1, ms: 1200 }, { onProgress: (share) => shares.push(share) });
  expect(outcome).toMatchObject({ result: { value: 645_503_657 } });
  if ('failure' in outcome) throw new Error('it has a result');
  expect(outcome.seconds).toBeGreaterThan(1);
  expect(outcome.peakMB).toBeGreaterThan(10);
  expect(shares.length).toBeGreaterThan(1);
});

it.each([
  ['throws', { message: 'no such thing' }, {}, 'threw', /^Error: no such thing\n/],
  ['hangs', {}, { seconds: 1 }, 'time', 'took longer than its limit of 1 s and was ended'],
  ['eats', {}, { memoryMB: 200 }, 'memory', /^held \d+ MB, more than its limit of 200 MB, and was ended$/],
  ['exits', { code: 3 }, {}, 'died', 'its process ended with exit code 3'],
  ['noJson', {}, {}, 'threw', /worker: the result of noJson must be a value of JSON, got NaN/],
  ['unknown', {}, {}, 'threw', /worker: the kind of a cell must be one of noise, .*got "unknown"/],
] as const)('a cell that %s is reported', async (kind, spec, limits, reason, message) => {
  const outcome = await run(kind, spec, { limits });
  expect(outcome).toEqual({ failure: { reason, message: expect.stringMatching(message) as string } });
});

it('refuses a cell of another version by name', async () => {
  const outcome = await run('noise', {}, {}, 2);
  expect(outcome).toMatchObject({
    failure: {
      message: expect.stringMatching(
        /cells "noise" must be of version 2, as whoever began the sweep has them, this worker has version 1/,
      ) as string,
    },
  });
});

it('an abort ends the process, though it blocks', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 500);
  await expect(run('hangs', {}, { signal: controller.signal })).rejects.toThrow('enough');
});
