/** Whole networks train on wasm as they do on cpu. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { load } from 'nsfwjs/core';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import '../src/index.js';
import { emscripten, hosts, pretend } from './hosts.js';
import { smallNetwork } from './smallNetwork.js';

const SLOW = 300_000;

async function losses(backend: string, steps: number): Promise<number[]> {
  await tf.setBackend(backend);
  const network = smallNetwork();
  const result = Array.from({ length: steps }, () => network.step());
  network.dispose();
  return result;
}

function expectEqualLosses(got: number[], expected: number[]): void {
  expect(got.length).toBe(expected.length);
  got.forEach((loss, i) =>
    expect(Math.abs(loss / expected[i]! - 1), `step ${i}: ${loss} against ${expected[i]}`).toBeLessThan(1e-4),
  );
  expect(got.at(-1)!).toBeLessThan(0.8 * got[0]!);
}

describe('a network of plain, strided, dilated and depthwise convolutions, pools and batch normalisation', () => {
  let onCpu: number[] = [];
  beforeAll(async () => {
    onCpu = await losses('cpu', 10);
  }, SLOW);
  afterAll(() => vi.restoreAllMocks());

  it.each(hosts)(
    'has the losses of cpu to 1e-4 over 10 steps: $title',
    async (host) => {
      await pretend(host);
      expectEqualLosses(await losses('wasm', 10), onCpu);
      vi.restoreAllMocks();
    },
    SLOW,
  );

  it(
    'keeps its memory and its tensors over 1,000 steps',
    async () => {
      await pretend(hosts[0]);
      const network = smallNetwork();
      for (let i = 0; i < 3; i++) network.step();
      const state = (): unknown => [tf.memory().numTensors, tf.memory().numDataBuffers, emscripten().HEAPU8.length];
      const before = state();
      for (let i = 0; i < 1000; i++) network.step();
      expect(state()).toEqual(before);
      network.dispose();
    },
    SLOW,
  );
});

describe('a model of tfjs-layers', () => {
  it(
    'fits with the losses of cpu to 1e-4 over 10 steps, and with a dilated convolution',
    async () => {
      const fit = async (backend: string, dilationRate: number): Promise<number[]> => {
        await tf.setBackend(backend);
        const kernelInitializer = (seed: number): object => ({ kernelInitializer: tf.initializers.heNormal({ seed }) });
        const model = tf.sequential({
          layers: [
            tf.layers.conv2d({
              filters: 6,
              kernelSize: 3,
              padding: 'same',
              inputShape: [12, 12, 2],
              ...kernelInitializer(1),
            }),
            tf.layers.batchNormalization(),
            tf.layers.activation({ activation: 'relu6' }),
            tf.layers.maxPooling2d({ poolSize: 2 }),
            tf.layers.depthwiseConv2d({
              kernelSize: 3,
              padding: 'same',
              activation: 'relu',
              depthwiseInitializer: tf.initializers.heNormal({ seed: 2 }),
            }),
            tf.layers.conv2d({
              filters: 8,
              kernelSize: 3,
              padding: 'same',
              activation: 'relu',
              dilationRate,
              ...kernelInitializer(3),
            }),
            tf.layers.averagePooling2d({ poolSize: 2 }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 3, activation: 'softmax', ...kernelInitializer(4) }),
          ],
        });
        model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'categoricalCrossentropy' });
        const x = tf.randomNormal([40, 12, 12, 2], 0, 1, 'float32', 5);
        const y = tf.oneHot(
          tf.tensor1d(
            Array.from({ length: 40 }, (_, i) => i % 3),
            'int32',
          ),
          3,
        );
        const found: number[] = [];
        await model.fit(x, y, {
          batchSize: 8,
          epochs: 2,
          shuffle: false,
          verbose: 0,
          callbacks: { onBatchEnd: (_, logs) => void found.push(logs!['loss'] as number) },
        });
        model.dispose();
        return found;
      };
      const onCpu = await fit('cpu', 1);
      const onWasm = await fit('wasm', 1);
      expect(onCpu.length).toBe(10);
      onWasm.forEach((loss, i) => expect(Math.abs(loss / onCpu[i]! - 1)).toBeLessThan(1e-4));
      const dilated = await fit('wasm', 2);
      expect(dilated.every(Number.isFinite)).toBe(true);
      expect(dilated).not.toEqual(onWasm);
    },
    SLOW,
  );
});

describe("nsfwjs' MobileNetV2", () => {
  it(
    'takes a step on wasm whose effect is what its gradient says to 5 %',
    async () => {
      vi.spyOn(console, 'info').mockReturnValue();
      await pretend(hosts[0]);
      // nsfwjs' declarations do not name files as Node's resolution wants them.
      const definition: never = MobileNetV2Model as never;
      const { model } = await load('MobileNetV2', { modelDefinitions: [definition] });
      const network = model as tf.LayersModel;
      network.layers.forEach((layer) => (layer.trainable = true));
      const [x, y] = [
        tf.randomUniform([2, 224, 224, 3], 0, 1, 'float32', 6),
        tf.oneHot(tf.tensor1d([0, 3], 'int32'), 5),
      ];
      const loss = (): tf.Scalar => tf.losses.logLoss(y, network.predict(x) as tf.Tensor);
      const variables = network.trainableWeights.map((w) => (w as unknown as { val: tf.Variable }).val);
      const { value, grads } = tf.variableGrads(loss, variables);
      expect(Object.keys(grads).length).toBe(variables.length);
      const squared = Object.values(grads).reduce(
        (sum, g) => sum + tf.tidy(() => tf.sum(tf.square(g)).dataSync()[0]!),
        0,
      );
      // Small enough for the first order, large enough for float32.
      const rate = (0.02 * value.dataSync()[0]!) / squared;
      const at = (sign: number): number => {
        tf.tidy(() => variables.forEach((v) => v.assign(tf.add(v, tf.mul(grads[v.name]!, sign * rate)))));
        return tf.tidy(() => loss().dataSync()[0]!);
      };
      const [less, more] = [at(-1), at(2)];
      expect((more - less) / (2 * rate * squared)).toBeGreaterThan(0.95);
      expect((more - less) / (2 * rate * squared)).toBeLessThan(1.05);
      expect(less).toBeLessThan(value.dataSync()[0]!);
      network.dispose();
    },
    SLOW,
  );
});
