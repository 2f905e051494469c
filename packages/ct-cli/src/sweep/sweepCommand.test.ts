// `ct sweep` as a user runs it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inFolders } from '../../test/ct.js';
import { named, writeSquares } from '../../test/squares.js';

const { ct, folder } = inFolders();

it('is interrupted, and goes on', async () => {
  writeSquares(
    folder(),
    Array.from({ length: 8 }, (_, i) => i),
  );
  // A second interrupt would end it at once.
  let isInterrupted = false;
  const first = await ct(['sweep', ...named, '--concurrency', '1'], (text, interrupt) => {
    if (isInterrupted || !/[1-7]\.?\d*\/8 /.test(text)) return;
    isInterrupted = true;
    interrupt();
  });
  expect(first.code).toBe(130);
  expect(first.stderr).toMatch(/interrupted; \d cells are kept in ct-sweep-squares, and the same command goes on/);
  expect((await ct(['sweep', ...named])).code).toBe(0);
  expect(
    readdirSync(join(folder(), 'ct-sweep-squares/results'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /[0-9a-f]{64}\.json$/.test(name),
    ),
  ).toHaveLength(8);
});
