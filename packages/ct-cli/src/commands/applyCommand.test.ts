import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { someRun } from '../../test/someRun.js';
import type { SomeRun } from '../../test/someRun.js';
import type { ApplySettings } from './applyCommand.js';
import { applyCommand } from './applyCommand.js';

const { signal } = new AbortController();
let run: SomeRun;
beforeAll(async () => void (run = await someRun('graph')));
afterAll(() => rmSync(run.folder, { recursive: true }));

async function apply(
  more: Partial<ApplySettings>,
): Promise<{ out: string; all: Awaited<ReturnType<typeof applyCommand>> }> {
  let out = '';
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      if (stream === 'stdout') out += String(text);
      return true;
    }),
  );
  const { model, adapter, photos } = run;
  const settings = { model, adapter, images: [photos], format: 'table', top: 1, backend: 'cpu', ...more } as const;
  try {
    return { all: await applyCommand(settings, signal), out };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

it('gives each image its classes, with what its folder says, and frees all', async () => {
  const before = tf.memory().numTensors;
  const { all } = await apply({ top: 3 });
  expect(tf.memory().numTensors).toBe(before);
  expect(all).toHaveLength(30);
  for (const { classes } of all)
    expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
  expect(all.filter(({ label, classes }) => label === classes[0]!.name).length).toBeGreaterThan(27);
});

it('writes tables, CSV and JSON', async () => {
  const images = [join(run.photos, 'red', '1.png')];
  expect((await apply({ images })).out).toMatch(/1\.png +red +\d+\.\d %\n\n100\.0 % right: 1 of the 1 images/);
  expect((await apply({ images, format: 'csv', top: 2 })).out).toMatch(
    /^file,class 1,probability 1,class 2,probability 2,label\n.*1\.png,red,0\.\d+,\w+,[\d.e-]+,red\n$/,
  );
  const { out, all } = await apply({ images, format: 'json' });
  expect(JSON.parse(out)).toEqual(all);
});

it('refuses images that are not there before any work', async () => {
  await expect(apply({ images: ['nowhere.png'] })).rejects.toThrow('there is no "nowhere.png"');
});
