/** A small evaluation, for tests of what it keeps on disk: a model, images, and options that take milliseconds. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll } from 'vitest';
import type { AutoAttackOptions, RobustBenchRecord } from '../src/index.js';

/** What there is once the hooks have run. */
export interface SmallAttack {
  images: tf.Tensor4D;
  labels: number[];
  model: (x: tf.Tensor) => tf.Tensor;
}

/** Two attacks, the second of which finds nothing in some images. */
export const smallOptions: AutoAttackOptions = {
  norm: 'Linf',
  eps: 0.02,
  version: 'custom',
  attacks: ['apgd-ce', 'square'],
  settings: { 'apgd-ce': { restarts: 1, iterations: 8 }, square: { queries: 20 } },
  batchSize: 5,
};

/** A record with all that must be in one. */
export const smallRecord: RobustBenchRecord = {
  name: 'a',
  dataset: 'cifar10',
  threat: 'Linf',
  eps: '8/255',
  clean_acc: '90.00',
  autoattack_acc: '50.00',
  images: 1000,
  seed: 0,
  clean_interval: [88, 92],
  robust_interval: [47, 53],
  warnings: [],
  data_hash: '',
};

/** The same of another name and figure. */
export function smallRecordOf(
  name: string,
  autoattack_acc: string,
  more: Partial<RobustBenchRecord> = {},
): RobustBenchRecord {
  return { ...smallRecord, name, autoattack_acc, robust_interval: [50, 56.5], ...more };
}

/** Registers a hook that makes 12 images of 4 x 4 which a linear model of four classes is right about. */
export function smallAttack(): SmallAttack {
  const setting = {} as SmallAttack;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    const weights = tf.randomNormal<tf.Rank.R2>([16, 4], 0, 1, 'float32', 1);
    setting.model = (x) => tf.matMul(tf.sub(tf.reshape(x, [-1, 16]), 0.5), weights);
    setting.images = tf.randomUniform([12, 4, 4, 1], 0.3, 0.7, 'float32', 2);
    setting.labels = Array.from(tf.tidy(() => tf.argMax(setting.model(setting.images), 1).dataSync()));
  });
  return setting;
}
