// Damaged states of autoAttack, and files of examples, drawn from a seed.
import type { Mutation } from '@curvature-tuning/checks/testing';
import { mutateSafetensors, randomNumbers } from '@curvature-tuning/checks/testing';

/** `count` damaged copies of a state, or with `json: []` of a file of examples. */
export function stateMutations(state: Uint8Array, count: number, seed: number, json: readonly string[] = ['progress', 'key']): Mutation<Uint8Array<ArrayBuffer>>[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => mutateSafetensors(state, json, random));
}
