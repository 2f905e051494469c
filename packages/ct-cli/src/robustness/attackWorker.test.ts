// The thread as `ct start` runs it, built.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { AttackJob } from './attackWorker.js';
import type { Robustness } from './robustness.js';

it('attacks the bundled network, and posts what it found', { timeout: 400_000 }, async () => {
  const file = fileURLToPath(new URL('../../dist/robustness/attackWorker.js', import.meta.url));
  const job: AttackJob = {
    backend: 'wasm',
    beta: 0.7,
    threat: { norm: 'Linf', eps: 0.03, images: 2, version: 'quick', seed: 42 },
  };
  const worker = new Worker(file, { workerData: job });
  const [found] = (await once(worker, 'message')) as [Robustness];
  await worker.terminate();
  expect(found.beta).toBe(0.7);
  expect(found.networks.map(({ role }) => role)).toEqual(['given', 'control', 'steered']);
});
