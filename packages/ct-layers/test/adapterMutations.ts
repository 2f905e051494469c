// Damaged adapter files, drawn from a seed.
import type { Mutation } from '@curvature-tuning/checks/testing';
import { mutateSafetensors, randomNumbers } from '@curvature-tuning/checks/testing';

/** `count` damaged copies of an adapter file. */
export function adapterMutations(file: Uint8Array, count: number, seed: number): Mutation<Uint8Array<ArrayBuffer>>[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => mutateSafetensors(file, ['curvature_tuning'], random));
}
