import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Claims } from './claims.js';

const LEASE = 60_000;
let folder: string;
let claims: Claims;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ct-claims-'));
  claims = new Claims(folder, LEASE);
});
afterEach(() => rmSync(folder, { recursive: true }));

it('of many at once, one gets a cell', async () => {
  const won = await Promise.all(Array.from({ length: 20 }, () => claims.take('a')));
  const claim = won.filter((one) => one !== undefined);
  expect(claim).toHaveLength(1);
  await claim[0]!.release();
});

it('what is released is free at once, and again for one alone', async () => {
  await (await claims.take('a'))!.release();
  const won = await Promise.all(Array.from({ length: 5 }, () => claims.take('a')));
  expect(won.filter((one) => one !== undefined)).toHaveLength(1);
  await won.find((one) => one !== undefined)!.release();
});

it('what another machine does not renew is free after the lease, by the clock of the disk', async () => {
  writeFileSync(join(folder, 'a.0'), 'elsewhere 1'.padEnd(200));
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
  try {
    expect(await claims.take('a')).toBeUndefined();
  } finally {
    clock.mockRestore();
  }
  const before = new Date(Date.now() - 2 * LEASE);
  utimesSync(join(folder, 'a.0'), before, before);
  const claim = await claims.take('a');
  expect(readdirSync(folder).sort()).toEqual(['a.0', 'a.1']);
  await claim!.release();
});

it('is renewed as long as it is held', async () => {
  const quick = new Claims(folder, 400);
  const claim = (await quick.take('a'))!;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await quick.take('a')).toBeUndefined();
  await claim.release();
});
