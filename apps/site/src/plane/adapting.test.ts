import { beforeAll, describe, expect, it } from 'vitest';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { adaptInFourWays } from './adapting.ts';
import { WAYS } from './ways.ts';
import type { WayName } from './ways.ts';
import { learner, logitsAt, perceptron, shareRight, tensorsOf, variablesOf } from './perceptron.ts';
import { pointSet, turned } from './pointSets.ts';

beforeAll(() => setBackend('cpu'));

describe('adapting to turned moons', () => {
  const source = pointSet('moons', { count: 100, noise: 0.05, seed: 1 });
  const target = turned(pointSet('moons', { count: 100, noise: 0.05, seed: 2 }), 40);

  it('trains each way without touching the base, and leaves no tensor behind', async () => {
    const before = memory().numTensors;
    const base = perceptron(1);
    const [from, to] = [tensorsOf(source), tensorsOf(target)];
    const fit = learner(base, variablesOf(base), from, 0.02);
    for (let i = 0; i < 150; i++) fit.step().dispose();
    fit.dispose();
    expect(shareRight(await logitsAt(base, from.x), source.labels)).toBeGreaterThan(0.95);
    const weights = base.getWeights().map((weight) => [...weight.dataSync()]);
    const given = shareRight(await logitsAt(base, to.x), target.labels);
    const ways = adaptInFourWays(base, to);
    const right: Partial<Record<WayName, number>> = {};
    const parameters: Partial<Record<WayName, number>> = {};
    for (const name of Object.keys(WAYS) as WayName[]) {
      const way = ways[name];
      for (let i = 0; i < 200; i++) way.step();
      right[name] = shareRight(await logitsAt(await way.settle(), to.x), target.labels);
      parameters[name] = way.parameters;
      way.dispose();
    }
    console.log(given, right, parameters);
    expect(parameters).toEqual({ relu: 21, sct: 22, lora: 21 + 22 + 40, tct: 21 + 80 });
    for (const share of Object.values(right)) expect(share).toBeGreaterThan(given);
    expect(base.getWeights().map((weight) => [...weight.dataSync()])).toEqual(weights);
    base.dispose();
    from.dispose();
    to.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
