/**
 * The thread in which `ct start` attacks: posts what it found, and ends.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { BUNDLED } from '../network/bundled.js';
import type { BACKENDS } from '../options/backend.js';
import { useBackend } from '../options/backend.js';
import { loadData } from '../options/loadData.js';
import { attackable, attackedClassifier } from './attackable.js';
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
const { signal } = new AbortController();
const adapted = await attackedClassifier({ model: BUNDLED }, signal);
const loaded = await loadData('digits', { seed: threat.seed, network: adapted.network, values: 'given', signal });
const progress = { label: () => undefined, advance: () => undefined };
parentPort!.postMessage(await measureRobustness(attackable(adapted, loaded), { threat, beta, signal, progress }));
