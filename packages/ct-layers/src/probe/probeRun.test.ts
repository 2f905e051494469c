import '@tensorflow/tfjs-backend-cpu';
import type { Progress } from '@curvature-tuning/checks';
import type { Batch, LabelledImages } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { ProbeProgress } from './probeProgress.js';
import type { LinearProbeOptions } from './probeRun.js';
import { disposeStatistics, ProbeRun } from './probeRun.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Two normalisations, the second behind the first curvature. */
function network(): tf.LayersModel {
  const kernelInitializer = tf.initializers.heNormal({ seed: 4 });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 1], kernelInitializer }),
      tf.layers.batchNormalization({ name: 'first' }),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 2, kernelSize: 2, kernelInitializer }),
      tf.layers.batchNormalization({ name: 'second' }),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, kernelInitializer }),
    ],
  });
}

function examples(count: number, seed: number): Batch {
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  return { images: tf.randomNormal([count, 4, 4, 1], 1, 2, 'float32', seed), labels: tf.tensor1d(labels, 'int32') };
}

/** A run over a steered copy, and what it told. */
async function start(
  splits: { train: LabelledImages; validation: LabelledImages },
  options: LinearProbeOptions = {},
  { beta = 0.6, of = network() }: { beta?: number; of?: tf.LayersModel } = {},
): Promise<{ run: ProbeRun; heard: Progress[] }> {
  const heard: Progress[] = [];
  const { model } = replaceActivations(of, { beta });
  of.dispose();
  const progress = new ProbeProgress('probe', (one) => heard.push(one));
  return { run: await ProbeRun.start('test', model, splits, { ...options, progress }), heard };
}

async function statisticsOf(run: ProbeRun): Promise<Record<string, number[][]>> {
  const statistics = run.statistics();
  const found = Object.fromEntries(
    [...statistics].map(([path, pair]) => [path, pair.map((t) => [...t.dataSync<'float32'>()])]),
  );
  disposeStatistics(statistics);
  return Promise.resolve(found);
}

describe('ProbeRun', () => {
  it('makes the same features with what lies before the first curvature kept, to 1e-6, at every beta', async () => {
    const splits = { train: examples(7, 1), validation: examples(5, 2) };
    const before = tf.memory().numTensors;
    for (const beta of [0.3, 0.9]) {
      const { run, heard } = await start(splits, { evaluationBatchSize: 3 }, { beta });
      expect(run.passes).toEqual({ features: 12, calibration: 7, validation: 5 });
      const whole = await run.extract();
      expect(heard.at(-1)!.done).toBe(12);
      const units = await run.cachePrefix();
      expect(units.length).toBe(2);
      expect(heard.at(-1)!.done).toBe(24);
      const kept = await run.extract();
      for (const split of [0, 1] as const) {
        const [a, b] = [whole[split].features, kept[split].features].map((t) => t.dataSync());
        a!.forEach((value, i) => expect(Math.abs(value - b![i]!)).toBeLessThan(1e-6 * (1 + Math.abs(value))));
      }
      [...whole, ...kept].forEach(({ features }) => features.dispose());
      run.abandon();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('calibrates by the same batches however few images are evaluated at a time', async () => {
    const splits = { train: examples(20, 1), validation: examples(5, 2) };
    const found = [];
    for (const evaluationBatchSize of [undefined, 1, 7]) {
      const { run } = await start(splits, { evaluationBatchSize });
      await run.calibrate();
      found.push(await statisticsOf(run));
      run.abandon();
    }
    expect(found[0]!['second']![1]!.every((variance) => variance > 0 && variance !== 1)).toBe(true);
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
  });

  it('gives back statistics that were read', async () => {
    const { run } = await start({ train: examples(9, 1), validation: examples(5, 2) });
    const given = run.statistics();
    const values = await statisticsOf(run);
    await run.calibrate();
    expect(await statisticsOf(run)).not.toEqual(values);
    run.setStatistics(given);
    expect(await statisticsOf(run)).toEqual(values);
    disposeStatistics(given);
    run.abandon();
  });

  it('has as many classes as are named, stated by one-hot rows, or seen', async () => {
    const numbers = examples(6, 1);
    const hot = { images: numbers.images, labels: tf.oneHot(numbers.labels as tf.Tensor1D, 4) as tf.Tensor2D };
    for (const [train, classes, expected] of [
      [numbers, undefined, 2],
      [hot, undefined, 4],
      [numbers, 7, 7],
    ] as const) {
      const { run } = await start({ train, validation: numbers }, { classes });
      const sets = await run.extract();
      const [fitted] = await run.fit([sets]);
      expect(fitted!.weights.shape).toEqual([sets[0].features.shape[1] + 1, expected]);
      sets.forEach(({ features }) => features.dispose());
      const { classifier, parameters, dispose } = run.finish(fitted!.weights);
      expect(classifier.outputs[0]!.shape).toEqual([null, expected]);
      expect(parameters).toEqual({ withoutHead: 0, total: fitted!.weights.size });
      dispose();
    }
  });

  it('names the split and the example whose features are not finite, and frees what it took over', async () => {
    const [train, validation] = [examples(6, 1), examples(5, 2)];
    const broken = tf.concat([validation.images, tf.fill([1, 4, 4, 1], 3e38)]);
    const before = tf.memory().numTensors;
    const doubles = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [4, 4, 1] }),
        tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.constant({ value: 2 }) }),
        tf.layers.reLU(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const { run } = await start(
      { train, validation: { images: broken, labels: [0, 1, 0, 1, 0, 1] } },
      {},
      { of: doubles },
    );
    await expect(run.extract()).rejects.toThrow('test: validation: the features of example 5 must be finite');
    run.abandon();
    expect(tf.memory().numTensors).toBe(before);
  });
});
