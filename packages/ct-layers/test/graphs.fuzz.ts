import { fuzz } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { graphCases } from './graphCases.js';
import { difference } from './graphMutants.js';
import { mutateGraph } from './mutateGraph.js';

/** What a refusal names: a node, weight or function, or the part of the file that is wrong. */
const places = [
  '"[^"]*"',
  '\\b(node|weight|function) \\d+',
  'versions',
  'library',
  'weightSpecs',
  'weightData',
  'signature',
  'topology',
  'no inputs or no outputs',
  'heads that see different features',
  'modelInitializer',
  'weights but no data',
  'URL',
];

it('1,500 spoilt graphs work as in tfjs to 1e-5, or are refused by name', async ({ task }) => {
  expect(await tf.setBackend('cpu')).toBe(true);
  const cases = Object.entries(graphCases).map(([name, make]) => ({ name, ...make() }));
  const { faults, refused, accepted } = await fuzz(task, {
    cases: 1500,
    seed: 20260726,
    draw: (random, i) => {
      const { name, inputs, artifacts } = cases[i % cases.length]!;
      const mutant = mutateGraph(artifacts, random);
      return { title: `${name}, ${mutant.what.join('; ')}`, value: { mutant, inputs } };
    },
    run: ({ mutant, inputs }) => difference(mutant, inputs),
    refusal: new RegExp(`^(replaceGraphActivations|graphFeatures): (?=.*(${places.join('|')}))`, 'is'),
    alive: () => tf.memory().numTensors,
  });
  expect(faults).toEqual([]);
  expect(Math.min(refused, accepted)).toBeGreaterThan(200);
});
