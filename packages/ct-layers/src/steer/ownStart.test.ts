import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { ProbeProgress } from '../probe/probeProgress.js';
import { ProbeRun } from '../probe/probeRun.js';
import { supersedes } from '../model/adapted.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { OwnStart } from './ownStart.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** A run over a network at a beta, and the network. */
async function started(beta: number): Promise<{ run: ProbeRun; model: tf.LayersModel }> {
  const kernelInitializer = tf.initializers.heNormal({ seed: 2 });
  const network = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [2], kernelInitializer }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.dense({ units: 2, kernelInitializer }),
    ],
  });
  const { model } = replaceActivations(network, { beta });
  const labels = Array.from({ length: 12 }, (_, i) => i % 2);
  const images = tf.tensor2d(labels.map((label, i) => [5 + label, i / 12]));
  const progress = new ProbeProgress('test', undefined);
  const splits = { train: { images, labels }, validation: { images, labels } };
  return { run: await ProbeRun.start('test', model, splits, { progress }), model };
}

it('validates the network as it is given, and calibrated, which is kept where it supersedes it', async () => {
  const { run, model } = await started(0.7);
  const start = await OwnStart.validate(run, model, true);
  const [given, calibrated] = [start.given, start.calibrated!];
  expect(given.validationAccuracy).toBeGreaterThan(0);
  expect(start.best.state).toBe(supersedes(calibrated, given, 12) ? 'calibrated' : 'given');
  expect(start.curvature.beta).toBeCloseTo(0.7, 6);
  start.dispose();
  run.abandon();
});

it('gives the network its curvature and statistics back', async () => {
  const { run, model } = await started(0.7);
  const before = model.getWeights().map((weight) => [...weight.dataSync()]);
  const start = await OwnStart.validate(run, model, false);
  expect(start.calibrated).toBeUndefined();
  expect(start.best.state).toBe('given');
  curvatureLayers(model).forEach((unit) => unit.setBeta(0.1));
  await run.calibrate();
  expect(model.getWeights().map((weight) => [...weight.dataSync()])).not.toEqual(before);
  start.restore(run);
  expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
  start.dispose();
  run.abandon();
});
