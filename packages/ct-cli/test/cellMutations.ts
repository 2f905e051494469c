// Damaged files of cells, drawn from a seed.
import type { Mutation } from '@curvature-tuning/checks/testing';
import { mutateBytes, mutateJson, randomNumbers } from '@curvature-tuning/checks/testing';

/** `count` damaged copies of a JSON file: of a cell, or of their listing. */
export function cellMutations(file: string, count: number, seed: number): Mutation<string>[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    if (random() < 0.3) {
      const { title, value } = mutateBytes(new TextEncoder().encode(file), random);
      return { title, value: new TextDecoder().decode(value) };
    }
    const { title, value } = mutateJson(JSON.parse(file), random);
    return { title, value: JSON.stringify(value) };
  });
}
