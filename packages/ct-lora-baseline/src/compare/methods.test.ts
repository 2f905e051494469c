import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MethodName, MethodRun } from './methods.js';
import { checkMethods, methods, methodsFor } from './methods.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

function network(): tf.LayersModel {
  const kernelInitializer = tf.initializers.heNormal({ seed: 3 });
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: 'one', units: 6, inputShape: [4], kernelInitializer }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.reLU({ name: 'relu' }),
      tf.layers.dense({ name: 'head', units: 7, kernelInitializer }),
    ],
  });
}

function examples(count: number, seed: number): { images: tf.Tensor; labels: number[] } {
  const images = tf.randomNormal([count, 4], 0, 1, 'float32', seed);
  const values = images.dataSync();
  return { images, labels: Array.from({ length: count }, (_, i) => Number(values[4 * i]! > 0)) };
}

const run = (more: Partial<MethodRun> = {}): MethodRun => ({
  seed: 1,
  learningRate: { own: 1e-2, head: 1e-3 },
  protocol: 'strict',
  epochs: 1,
  batchSize: 8,
  betas: [0.5, 0.9],
  ...more,
});

const names = Object.keys(methods) as MethodName[];

describe.each(names)('%s', (name) => {
  it('says how it validates and what it trained, leaves the model as it is, and frees what it made', async () => {
    const [model, train, validation] = [network(), examples(24, 1), examples(16, 2)];
    const untouched = model.getWeights().map((weight) => [...weight.dataSync()]);
    const before = tf.memory().numTensors;
    const outcome = await methods[name].run(model, train, validation, run());
    const head = 6 * 2 + 2;
    const own = { probe: 0, bn: 0, sct: 0, tct: 12, 'tct-split': 12, lora: 4 + 6, norm: 12, slope: 6, affine: 12 };
    const trained = { ...own, bias: 6 + 6, full: 4 * 6 + 6 + 12 }[name];
    expect(outcome.parameters).toEqual({ withoutHead: trained, total: trained + head });
    expect(outcome.validationAccuracy).toBeGreaterThan(0.4);
    expect(outcome.classifier.outputs[0]!.shape).toEqual([null, 2]);
    for (const value of Object.values(outcome.detail)) expect(value === null || Number.isFinite(value)).toBe(true);
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(untouched);
    outcome.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a run without a rate by its own name', async () => {
    const [model, train, validation] = [network(), examples(8, 1), examples(8, 2)];
    const wrong = { ...run(), learningRate: { own: 1 } } as never;
    await expect(methods[name].run(model, train, validation, wrong)).rejects.toThrow(
      new RegExp(`^methods\\.${name}\\.run: .*head`),
    );
  });
});

it.each(['sct', 'tct', 'tct-split', 'slope', 'affine'] as const)(
  '%s acts on the kinds that are named',
  async (name) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, inputShape: [4] }),
        tf.layers.activation({ activation: 'swish' as 'relu' }),
        tf.layers.dense({ units: 7 }),
      ],
    });
    const [train, validation] = [examples(24, 1), examples(16, 2)];
    await expect(methods[name].run(model, train, validation, run())).rejects.toThrow('no activation matched');
    const outcome = await methods[name].run(model, train, validation, run({ kinds: ['silu'] }));
    expect(outcome.classifier.layers.filter((layer) => layer.getClassName() === 'CTActivation')).toHaveLength(1);
    // What acts around an activation leaves it as it is.
    if (name === 'slope' || name === 'affine')
      expect(
        outcome.classifier.layers.find((layer) => layer.getClassName() === 'CTActivation')!.getConfig(),
      ).toMatchObject({ beta: 0.5, coeff: 1 });
    outcome.dispose();
  },
);

it("S-CT tells the beta of the grid that it kept, and whether that is the network's own", async () => {
  const outcome = await methods.sct.run(network(), examples(24, 1), examples(16, 2), run());
  const { beta, steered } = outcome.detail as { beta: number; steered: number };
  expect(steered === 1 ? [0.5, 0.9] : [1]).toContain(beta);
  outcome.dispose();
});

it('all work on a LayersModel; what does not is refused with what does', () => {
  const model = network();
  expect(methodsFor(model)).toEqual(names);
  expect(() => checkMethods('test', model, names)).not.toThrow();
});
