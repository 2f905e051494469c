// `ct attack` in this process: what it makes is gone when it ends, however it ends.
import * as datasets from '@curvature-tuning/datasets/node';
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { AttackCommandSettings } from './attackCommand.js';
import { attackCommand } from './attackCommand.js';
import { useBackend } from '../options/backend.js';
import { runHere } from '../../test/ct.js';

vi.mock('@curvature-tuning/datasets/node', { spy: true });

const folder = mkdtempSync(join(tmpdir(), 'ct-attack-'));
const settings: AttackCommandSettings = {
  command: 'ct attack',
  data: 'digits',
  output: join(folder, 'out'),
  backend: 'wasm',
  norm: 'Linf',
  eps: 0.03,
  images: 1,
  beta: 0.7,
  version: 'quick',
  seed: 0,
};
const { signal } = new AbortController();
const held = (): [tensors: number, buffers: number] => [tf.memory().numTensors, tf.memory().numDataBuffers];

beforeAll(() => useBackend('wasm'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('leaves no tensor when it is done', async () => {
  const before = held();
  await attackCommand(settings, signal);
  expect(held()).toEqual(before);
});

it('leaves no tensor when it is aborted', async () => {
  const before = held();
  await expect(attackCommand(settings, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  expect(held()).toEqual(before);
});

it('leaves no tensor when the data cannot be loaded', async () => {
  const before = held();
  vi.mocked(datasets.loadDataset).mockRejectedValueOnce(new Error('no such data'));
  await expect(attackCommand(settings, signal)).rejects.toThrow('no such data');
  expect(held()).toEqual(before);
});

it('says what is wrong with options, and exits with 2', async () => {
  for (const [args, message] of [
    [['--eps', '0'], 'Expected a number above 0'],
    [['--norm', 'L3'], 'Allowed choices are Linf, L2, L1'],
    [['--eps', '2'], '--eps must be at most 1 for Linf, got 2'],
    [['--images', '798', '--beta', '1'], '--images must be at most 797, the test images of digits, got 798'],
    [['--data', 'no such folder'], '--data must be one of digits'],
    [['--adapter', 'no-such.safetensors'], 'no-such.safetensors'],
  ] as const) {
    const { code, stderr } = await runHere(['attack', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});
