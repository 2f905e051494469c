import { paperBetas } from '@curvature-tuning/layers';
import { expect, it } from 'vitest';
import type { Outcome, SeedResult, SteerReport } from './steerReport.js';
import { someReport } from '../../test/someReport.js';
import { meanAndSpread, referenceFor, remarks, steerTable } from './steerReport.js';

const result = (seed: number, probe: number, sct: number, tct = sct, bn = probe): SeedResult => {
  const outcome = (accuracy: number): Outcome => ({
    testAccuracy: accuracy,
    validationAccuracy: accuracy,
    parameters: { withoutHead: 0, total: 650 },
    seconds: 1,
    predicted: [],
  });
  const learnt = { mean: 0.7, std: 0.1, histogram: Array.from({ length: 100 }, (_, i) => (i === 70 ? 480 : 0)) };
  return {
    seed,
    data: { name: 'digits', title: 'Digits', hash: 'ab', split: 'published', train: 640, validation: 160, test: 800 },
    outcomes: {
      probe: outcome(probe),
      sct: { ...outcome(sct), seconds: 9 },
      bn: { ...outcome(bn), bestEpoch: 0, history: [] },
      tct: { ...outcome(tct), parameters: { withoutHead: 480, total: 1130 }, bestEpoch: 3, history: [] },
      norm: { ...outcome(0.99), parameters: { withoutHead: 1120, total: 1770 } },
    },
    sct: {
      beta: 0.9,
      steered: true,
      ties: 1,
      atEdge: false,
      coeff: 0.5,
      history: [{ beta: 0.9, validationAccuracy: sct, validationLoss: 0.1, seconds: 9, interpolated: false }],
    },
    tct: { beta: learnt, coeff: learnt },
    test: { classes: [], labels: [], thumbnails: [] },
  };
};
const report = (results: SeedResult[], name: 'strict' | 'paper' = 'paper'): SteerReport => ({
  ...someReport(),
  protocol: { name, betas: [0.9], coeff: 0.5, epochs: 20, learningRate: { norm: { own: 1e-2, head: 1e-3 } } },
  reference: referenceFor(
    'digits',
    name,
    paperBetas,
    results.map(({ seed }) => seed),
  ),
  results,
});

it('reports mean and population spread', () => {
  expect(meanAndSpread([1, 3])).toEqual({ mean: 2, spread: 1 });
  expect(meanAndSpread([5])).toEqual({ mean: 5, spread: 0 });
});

it('says whether S-CT and T-CT gained or lost, whatever it is', () => {
  expect(remarks(report([result(42, 0.9, 0.92, 0.95, 0.94)]))[0]).toContain(
    'S-CT gains 2.00 points on the linear probe, T-CT gains 1.00 points on its control; one test image is 0.13 points',
  );
  // Unless the paper is followed, steering is compared with calibration alone.
  expect(remarks(report([result(42, 0.9, 0.92, 0.95, 0.94)], 'strict'))[0]).toContain(
    'S-CT loses 2.00 points on its control, T-CT gains 1.00 points on its control; one test image is 0.13 points',
  );
  expect(remarks(report([result(42, 0.92, 0.9), result(43, 0.92, 0.9)]))[0]).toContain(
    'S-CT loses 2.00 points on the linear probe, T-CT loses 2.00 points on its control, on average',
  );
});

it('compares with PyTorch on its own data, probe, grid and seeds alone', () => {
  expect(referenceFor('digits', 'paper', paperBetas, [42, 43, 44])).toMatchObject({
    accuracies: { probe: 0.934, sct: 0.939, bn: 0.959, tct: 0.974, lora: 0.984 },
  });
  expect(referenceFor('digits', 'strict', paperBetas, [42, 43, 44])).toBeNull();
  expect(referenceFor('digits', 'paper', paperBetas, [45])).toBeNull();
  expect(referenceFor('digits', 'paper', [0.9], [42])).toBeNull();
  expect(referenceFor('fashion-mnist-sample', 'paper', paperBetas, [42])).toBeNull();
  expect(referenceFor('toString', 'paper', paperBetas, [42])).toBeNull();
  const text = remarks(report([...[42, 43, 44].map((seed) => result(seed, 0.93, 0.94, 0.97, 0.96))])).join(' ');
  expect(text).toContain('within 0.40 points of PyTorch');
});

it('says of a choice of beta that it ties, lies at an end of the grid, or is the network itself', () => {
  const one = result(42, 0.9, 0.92);
  const said = (sct: Partial<NonNullable<SeedResult['sct']>>): string =>
    remarks(report([{ ...one, sct: { ...one.sct!, ...sct } }])).join(' ');
  expect(said({})).not.toContain('Seed 42');
  expect(said({ ties: 14, atEdge: true })).toContain(
    'Seed 42: 14 of 1 betas tie at the best validation accuracy, and the loss decided; ' +
      'beta 0.9 is an end of the grid; a wider --betas may hold a better one.',
  );
  expect(said({ steered: false, beta: 1 })).toContain(
    "Seed 42: the network's own ReLUs (beta 1) are kept: no beta is better by more than chance gives.",
  );
});

it('calls the network by its own activation, and has its beta', () => {
  const one = result(42, 0.9, 0.92);
  const silu = { ...report([{ ...one, sct: { ...one.sct!, steered: false, beta: 0.5 } }]), own: 'silu' } as const;
  expect(remarks(silu).join(' ')).toContain("Seed 42: the network's own SiLUs (beta 0.5) are kept");
  expect(steerTable(silu).split('\n')[2]).toMatch(/^linear probe \(SiLU\) +90\.0 +93\.4 +0\.5 +650 +0 +1\.0$/);
});

it('aligns the table', () => {
  const lines = steerTable(report([result(42, 0.9, 0.92)])).split('\n');
  expect(lines[2]).toMatch(/^linear probe \(ReLU\) +90\.0 +93\.4 +1 +650 +0 +1\.0$/);
  expect(lines[3]).toMatch(/^S-CT +92\.0 +93\.9 +0\.90 +650 +0 +9\.0$/);
  // PyTorch's number is not known.
  expect(lines[6]).toMatch(/^BatchNorm scale, shift +99\.0 +1 +1770 +1120 +1\.0$/);
  expect(lines[5]).toMatch(/^T-CT +92\.0 +97\.4 +0\.70 \(mean\) +1130 +480 +1\.0$/);
  expect(lines[2]!.length).toBe(lines[3]!.length);
});

it('says at which rates a method ran that has none of the paper', () => {
  expect(remarks(report([result(42, 0.9, 0.92)])).join(' ')).toContain(
    'Learning rates: BatchNorm scale, shift at 0.01, head 0.001.',
  );
});

it('leaves out what was not run', () => {
  const whole = report([result(42, 0.9, 0.92)]);
  const { probe, norm } = whole.results[0]!.outcomes;
  const { data, test } = whole.results[0]!;
  const few = { ...whole, results: [{ seed: 42, data, test, outcomes: { norm: norm!, probe: probe! } }] };
  expect(
    steerTable(few)
      .split('\n')
      .slice(2, 4)
      .map((line) => line.split('  ')[0]),
  ).toEqual(['BatchNorm scale, shift', 'linear probe (ReLU)']);
  expect(remarks(few)[0]).toBe('640 training, 160 validation and 800 test images. One test image is 0.13 points.');
});
