import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ProbeProgress } from '../probe/probeProgress.js';
import { ProbeRun } from '../probe/probeRun.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import type { SteerPlan, SteerStep, TrialOptions } from './steerTrials.js';
import { SteerTrials } from './steerTrials.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

interface Started {
  trials: SteerTrials;
  steps: SteerStep[];
  plans: SteerPlan[];
  end: () => void;
}

/** Trials over a small network, and what they tell. */
async function started(betas: readonly number[], options: Partial<TrialOptions> = {}): Promise<Started> {
  const kernelInitializer = tf.initializers.heNormal({ seed: 2 });
  const network = tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [2], kernelInitializer }),
      tf.layers.reLU(),
      tf.layers.dense({ units: 2, kernelInitializer }),
    ],
  });
  const { model } = replaceActivations(network, {});
  network.dispose();
  const labels = Array.from({ length: 16 }, (_, i) => i % 2);
  const images = tf.tensor2d(labels.map((label, i) => [label - 0.5 + Math.sin(i), i / 16]));
  const progress = new ProbeProgress('test', undefined);
  const splits = { train: { images, labels }, validation: { images, labels } };
  const run = await ProbeRun.start('test', model, splits, { progress });
  const [steps, plans]: [SteerStep[], SteerPlan[]] = [[], []];
  const trials = new SteerTrials(run, betas, {
    calibrate: false,
    onStep: (step) => steps.push(step),
    onPlan: (plan) => plans.push(plan),
    ...options,
  });
  trials.useUnits(await run.cachePrefix());
  const end = (): void => {
    trials.dispose();
    run.abandon();
    images.dispose();
  };
  return { trials, steps, plans, end };
}

describe('SteerTrials', () => {
  it('has a history in the order of the grid, each beta once, whatever the order of trials', async () => {
    const before = tf.memory().numTensors;
    const { trials, steps, end } = await started([0.9, 0.3, 0.9, 0.6]);
    const values = await trials.evaluate([0.6, 0.9]);
    await trials.evaluate([0.3]);
    expect(steps.map(({ beta }) => beta)).toEqual([0.6, 0.9, 0.3]);
    expect(trials.history.map(({ beta }) => beta)).toEqual([0.9, 0.3, 0.6]);
    expect(trials.history.every(({ interpolated }) => !interpolated)).toBe(true);
    // What is maximised: the accuracy, and less than one example more for the smaller loss.
    steps.slice(0, 2).forEach(({ validationAccuracy }, i) => {
      expect(values[i]!).toBeGreaterThan(validationAccuracy);
      expect(values[i]! - validationAccuracy).toBeLessThan(1 / 16);
    });
    end();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps the head of the best alone, the first of the grid among equals', async () => {
    const { trials, end } = await started([0.9, 0.5, 0.1]);
    await trials.evaluate([0.9, 0.5, 0.1]);
    const { best } = trials;
    for (const step of trials.history) {
      expect(best.validationAccuracy).toBeGreaterThanOrEqual(step.validationAccuracy);
      if (step.validationAccuracy === best.validationAccuracy)
        expect(best.validationLoss).toBeLessThanOrEqual(step.validationLoss);
    }
    expect(trials.bestState.weights.shape).toEqual([7, 2]);
    end();
  });

  it('tries a whole grid at a few betas and interpolates the rest, but never the best', async () => {
    const betas = Array.from({ length: 35 }, (_, i) => (30 + 2 * i) / 100);
    const { trials, plans, end } = await started(betas);
    const plan = trials.gridPlan;
    expect(plan.betas + plan.interpolated!).toBe(38);
    await trials.evaluateGrid();
    expect(plans[0]).toEqual(plan);
    expect(trials.history.map(({ beta }) => beta)).toEqual(betas);
    const computed = trials.history.filter(({ interpolated }) => !interpolated);
    expect(computed.length).toBeLessThan(betas.length);
    expect(trials.best.interpolated).toBe(false);
    end();
  });

  it('a short grid is computed as a whole', async () => {
    const { trials, plans, end } = await started([0.4, 0.5, 0.6]);
    await trials.evaluateGrid();
    expect(plans[0]).toEqual({ betas: 3 });
    expect(trials.history.map(({ interpolated }) => interpolated)).toEqual([false, false, false]);
    end();
  });

  it("under 'paper' the first of the best accuracies wins, whatever the losses", async () => {
    const { trials, end } = await started([0.9, 0.5], { protocol: 'paper', epochs: 1 });
    await trials.evaluateApart(1);
    const [first, second] = trials.history as [SteerStep, SteerStep];
    expect(trials.best).toBe(second.validationAccuracy > first.validationAccuracy ? second : first);
    end();
  });
});
