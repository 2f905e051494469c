/**
 * The thread in which `ct start` attacks: posts what it found, and ends.
 */
import { loadDataset } from '@curvature-tuning/datasets';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import { parentPort, workerData } from 'node:worker_threads';
import { BUNDLED } from '../network/bundled.js';
import type { BACKENDS } from '../options/backend.js';
import { useBackend } from '../options/backend.js';
import type { Threat } from './robustness.js';
import { measureRobustness } from './robustness.js';

/** What the thread is given. */
export interface AttackJob {
  backend: (typeof BACKENDS)[number];
  /** Undefined: chosen on held-out images. */
  beta: number | undefined;
  threat: Threat;
}

const { backend, beta, threat } = workerData as AttackJob;
await useBackend(backend);
const model = await loadPretrained(BUNDLED);
const { mean, std } = pretrainedWeights[BUNDLED]!;
const data = await loadDataset('digits', { seed: threat.seed });
const { signal } = new AbortController();
const progress = { label: () => undefined, advance: () => undefined };
parentPort!.postMessage(await measureRobustness(model, data, { mean, std }, { threat, beta, signal, progress }));
