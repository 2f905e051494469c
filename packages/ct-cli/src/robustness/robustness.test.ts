// What is chosen, calibrated and attacked, on a network and images so small that all of it takes seconds.
import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '@curvature-tuning/datasets';
import { loadDataset, subset, toDataSet } from '@curvature-tuning/datasets';
import { normalized } from '@curvature-tuning/robustbench';
import { replaceActivations } from '@curvature-tuning/layers';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../options/backend.js';
import { Progress } from '../terminal/progress.js';
import type { Attackable, Threat } from './robustness.js';
import { ATTACK_BETAS, measureRobustness, robustnessUnits } from './robustness.js';

const normalization = { mean: [0.2], std: [0.4] };
const threat: Threat = { norm: 'Linf', eps: 0.1, images: 8, version: 'quick', seed: 3 };
const { signal } = new AbortController();
let data: Dataset;

beforeAll(async () => {
  await useBackend('wasm');
  const { train, validation, test, ...rest } = await loadDataset('digits', { seed: 1 });
  const first = (set: Dataset['test'], count: number): Dataset['test'] =>
    subset(
      set,
      Array.from({ length: count }, (_, i) => i),
    );
  data = { ...rest, train: first(train, 40), validation: first(validation, 20), test: first(test, 30) };
});

function network(): tf.LayersModel {
  const model = tf.sequential();
  const kernelInitializer = tf.initializers.heNormal({ seed: 5 });
  model.add(tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 3, kernelSize: 7, strides: 7, kernelInitializer }));
  model.add(tf.layers.batchNormalization({}));
  model.add(tf.layers.reLU());
  model.add(tf.layers.flatten());
  model.add(tf.layers.dense({ units: 10, kernelInitializer }));
  return model;
}

function withData(classifier: tf.LayersModel): Attackable {
  const { train, validation, test } = data;
  return {
    classifier,
    classes: 10,
    toLogits: (one) => normalized(one, normalization),
    train: toDataSet(train, normalization),
    test: toDataSet(test, normalization),
    pixels: { validation: toDataSet(validation), test: toDataSet(test) },
  };
}

it('chooses on held-out images, attacks others, and compares the steered network with its control', async () => {
  const model = network();
  const before = tf.memory().numTensors;
  const units = robustnessUnits(threat, { beta: undefined, classes: 10 });
  const progress = new Progress(units);
  const found = await measureRobustness(withData(model), { threat, beta: undefined, signal, progress });
  expect(found.choice!.history.map(({ beta }) => beta)).toEqual([1, 1, ...ATTACK_BETAS]);
  expect(found.choice!.images).toBe(20);
  expect(found.calibratedOn).toBe(40);
  expect(found.networks[0]!.clean.images).toBe(30);
  expect(found.networks.map(({ robust }) => robust.images)).toEqual(found.networks.map(() => 8));
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
});

it('takes a beta that is told, and says how clean accuracy and robustness change, image by image', async () => {
  const model = network();
  const advances: number[] = [];
  const progress = { label: () => undefined, advance: (units = 1) => void advances.push(units) };
  const found = await measureRobustness(withData(model), { threat, beta: 0.5, signal, progress });
  // Forwards alone, and to the end.
  expect(Math.min(...advances)).toBeGreaterThanOrEqual(0);
  expect(advances.reduce((a, b) => a + b)).toBeCloseTo(robustnessUnits(threat, { beta: 0.5, classes: 10 }), 9);
  expect([found.beta, found.choice]).toEqual([0.5, null]);
  expect(found.networks.map(({ role }) => role)).toEqual(['given', 'control', 'steered']);
  const [, control, steered] = found.networks;
  const { robustPoints, cleanPoints, onlySteered, onlyControl } = found.comparison!;
  expect(robustPoints).toBeCloseTo(100 * (steered!.robust.share - control!.robust.share), 10);
  expect(robustPoints).toBeCloseTo((100 * (onlySteered - onlyControl)) / 8, 10);
  expect(cleanPoints).toBeCloseTo(100 * (steered!.clean.share - control!.clean.share), 10);
  model.dispose();
});

it('gives one beta to all units of a network that has some already', async () => {
  const base = network();
  const { model } = replaceActivations(base, { beta: 0.8, sharing: 'channel' });
  const before = tf.memory().numTensors;
  const progress = { label: () => undefined, advance: () => undefined };
  const logitsOf = async (classifier: tf.LayersModel): Promise<number[][]> => {
    const seen: number[][] = [];
    const attacked = withData(classifier);
    const toLogits: Attackable['toLogits'] = (one) => {
      seen.push(tf.tidy(() => [...(one.predict(tf.ones([1, 28, 28, 1])) as tf.Tensor).dataSync()]));
      return attacked.toLogits(one);
    };
    await measureRobustness({ ...attacked, toLogits }, { threat, beta: 0.5, signal, progress });
    return seen;
  };
  const [curved, plain] = [await logitsOf(model), await logitsOf(base)];
  expect(curved[0]).not.toEqual(plain[0]);
  curved[2]!.forEach((logit, i) => expect(logit).toBeCloseTo(plain[2]![i]!, 5));
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
  base.dispose();
});
