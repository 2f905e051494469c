import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { graphCases } from './graphCases.js';
import { fault } from './graphMutants.js';
import { mutateGraph, randomNumbers } from './mutateGraph.js';

describe('spoilt graphs', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('cpu')).toBe(true);
  });

  it('1,500 of them work as in tfjs to 1e-5, or are refused by name; nothing stays behind', async () => {
    const random = randomNumbers(20260726);
    const cases = Object.values(graphCases).map((make) => make());
    const faults: string[] = [];
    for (let i = 0; i < 1500; i++) {
      const { inputs, artifacts } = cases[i % cases.length]!;
      const mutant = mutateGraph(artifacts, random);
      const problem = await fault(mutant, inputs);
      if (problem !== undefined) faults.push(`${i} ${Object.keys(graphCases)[i % cases.length]!}, ${mutant.what.join('; ')}: ${problem}`);
    }
    expect(faults).toEqual([]);
  }, 120_000);
});
