/**
 * A training run at the end of an epoch, as one `.safetensors` file: enough to go on as if it had never stopped.
 */
import type { Fresh } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';
import type { EpochRecord } from './fitParameters.js';

const VERSION = '1';

/** What a checkpoint holds beside its tensors. */
export interface CheckpointFacts {
  seed: number;
  batchSize: number;
  history: EpochRecord[];
  /** Index into `history`. */
  best: number;
  /** Steps that each group has taken, by name. */
  steps: Record<string, number>;
}

/** Writes tensors and facts. */
export async function writeCheckpoint(tensors: Record<string, Tensor>, facts: CheckpointFacts): Promise<Fresh<Uint8Array>> {
  const entries = [];
  for (const [name, t] of Object.entries(tensors)) entries.push([name, { dtype: 'F32', shape: t.shape, data: (await t.data()) as Float32Array }] as const);
  return serializeSafetensors(entries, { ct_checkpoint: VERSION, facts: JSON.stringify(facts) });
}

/** Reads a checkpoint; the caller disposes of the tensors. */
export function readCheckpoint(bytes: Uint8Array): { tensors: Record<string, Tensor>; facts: CheckpointFacts } {
  const { tensors, metadata } = parseSafetensors(bytes);
  if (metadata['ct_checkpoint'] !== VERSION) throw new Error(`resume: expected a checkpoint of version ${VERSION}, got ${metadata['ct_checkpoint'] === undefined ? 'a file that is no checkpoint' : `version ${metadata['ct_checkpoint']}`}; start the run anew`);
  const facts = JSON.parse(metadata['facts']!) as CheckpointFacts;
  return { tensors: Object.fromEntries([...tensors].map(([name, { shape, data }]) => [name, tensor(data as Float32Array, [...shape])])), facts };
}

/**
 * Checks that a checkpoint belongs to a run.
 *
 * @param expected The names and sizes of the tensors that the run would write.
 */
export function checkCheckpoint({ tensors, facts }: { tensors: Record<string, Tensor>; facts: CheckpointFacts }, expected: ReadonlyMap<string, number>, run: Pick<CheckpointFacts, 'seed' | 'batchSize'>): void {
  for (const key of ['seed', 'batchSize'] as const) {
    if (facts[key] !== run[key]) throw new Error(`resume: the checkpoint was made with ${key} ${facts[key]}, this run has ${run[key]}; pass the same options`);
  }
  const missing = [...expected.keys()].filter((name) => tensors[name] === undefined);
  const surplus = Object.keys(tensors).filter((name) => !expected.has(name));
  const misshaped = [...expected].filter(([name, size]) => tensors[name] !== undefined && tensors[name].size !== size).map(([name, size]) => `${name} (${tensors[name]!.size} numbers, expected ${size})`);
  const wrong = Object.entries({ 'lacks': missing, 'has besides': surplus, 'has in another size': misshaped }).filter(([, names]) => names.length > 0);
  if (wrong.length > 0) throw new Error(`resume: the checkpoint is of another model or other options: it ${wrong.map(([what, names]) => `${what} ${names.join(', ')}`).join('; ')}`);
}
