import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { dataSet } from '@curvature-tuning/data';
import type { Progress } from '@curvature-tuning/checks';
import { beforeAll, describe, expect, it } from 'vitest';
import { getAdapter } from '../adapter/adapter.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { calibrate, isCalibratable } from './calibrate.js';

const statistics = (model: tf.LayersModel, name: string): Float32Array[] =>
  model
    .getLayer(name)
    .getWeights()
    .slice(-2)
    .map((weight) => weight.dataSync<'float32'>());

/** A nested network with two normalisations, the first along another axis than the last. */
function network(axis = 1): tf.LayersModel {
  const inner = tf.sequential({
    name: 'inner',
    layers: [
      tf.layers.conv2d({
        filters: 3,
        kernelSize: 2,
        inputShape: [4, 5, 2],
        kernelInitializer: tf.initializers.heNormal({ seed: 2 }),
      }),
      tf.layers.batchNormalization({ name: 'second', epsilon: 0.01 }),
      tf.layers.reLU(),
      tf.layers.flatten(),
    ],
  });
  const input = tf.input({ shape: [4, 5, 2] });
  const first = tf.layers.batchNormalization({ name: 'first', axis, scale: axis !== 1 }).apply(input);
  const logits = tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.heNormal({ seed: 3 }) });
  return tf.model({ inputs: input, outputs: logits.apply(inner.apply(first)) as tf.SymbolicTensor });
}

const images = (count: number, mean = 3): tf.Tensor4D => tf.randomNormal([count, 4, 5, 2], mean, 2, 'float32', 7);

describe.each(['cpu', 'wasm'])('calibrate on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it('stores means and variances of all images to 1e-5, whatever the batches; to 2e-3 at large means', async () => {
    for (const [mean, bound] of [
      [3, 1e-5],
      [2000, 2e-3],
    ] as const) {
      const [model, x] = [network(), images(23, mean)];
      const values = (await x.array()) as number[][][][];
      const expected = Array.from({ length: 4 }, (_, row) => {
        const all = values.flatMap((image) => image[row]!.flat());
        const average = all.reduce((a, b) => a + b, 0) / all.length;
        return [average, all.reduce((sum, v) => sum + (v - average) ** 2, 0) / all.length];
      });
      for (const batchSize of [1, 5, 23, 64]) {
        const { model: calibrated, layers, dispose } = await calibrate(model, x, { batchSize });
        expect(layers).toEqual(['first', 'inner/second']);
        const [means, variances] = statistics(calibrated, 'first');
        expected.forEach(([average, variance], row) => {
          expect(Math.abs(means![row]! / average! - 1)).toBeLessThan(1e-6);
          expect(Math.abs(variances![row]! / variance! - 1)).toBeLessThan(bound);
        });
        dispose();
      }
      // The model stays as it is.
      expect(statistics(model, 'first')).toEqual([new Float32Array(4), new Float32Array(4).fill(1)]);
      model.dispose();
      x.dispose();
    }
  });

  it('has inference give what training gives on these images in one batch, to 1e-4', async () => {
    // tfjs's own training mode is right along the last axis, with a scale.
    const [model, x] = [network(-1), images(16)];
    const { model: calibrated, dispose } = await calibrate(model, x);
    const [inference, training] = [calibrated.predict(x), model.apply(x, { training: true })].map((y) =>
      (y as tf.Tensor).dataSync(),
    );
    inference!.forEach((value, i) => expect(Math.abs(value - training![i]!)).toBeLessThan(1e-4));
    dispose();
  });

  it('takes examples and data sets, is the same for a seed, reports every image and leaks nothing', async () => {
    const [model, x] = [network(), images(9)];
    const pixels = (await x.array()) as number[][][][];
    const set = dataSet({
      labels: pixels.map(() => 0),
      classes: ['one'],
      read: (i) => ({ values: Float32Array.from(pixels[i]!.flat(2)), shape: [4, 5, 2] }),
    });
    const labels = tf.zeros([9], 'int32') as tf.Tensor1D;
    const before = tf.memory().numTensors;
    const heard: Progress[] = [];
    const options = { batchSize: 4, onProgress: (progress: Progress) => void heard.push(progress) };
    const found = [];
    for (const given of [x, { images: x, labels }, set]) {
      const { model: calibrated, dispose } = await calibrate(model, given, options);
      found.push(statistics(calibrated, 'first'));
      dispose();
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    expect(heard.slice(0, 4).map(({ phase, done, total }) => [phase, done, total])).toEqual([
      ['calibrate', 0, 9],
      ['calibrate', 3, 9],
      ['calibrate', 6, 9],
      ['calibrate', 9, 9],
    ]);
    await expect(calibrate(model, x, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
    // What was hooked into the layers is gone.
    expect(Object.hasOwn(model.getLayer('first'), 'call')).toBe(false);
  });

  it('gives statistics that an adapter holds', async () => {
    const { model } = replaceActivations(network(), { beta: 0.7 });
    const { model: calibrated } = await calibrate(model, images(8));
    const { tensors } = await getAdapter(calibrated);
    expect(tensors.has('inner/second/moving_variance')).toBe(true);
    expect([...tensors.get('first/moving_mean')!.data]).toEqual([...statistics(calibrated, 'first')[0]!]);
  });

  it('says what is wrong', async () => {
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    expect([isCalibratable(plain), isCalibratable(network())]).toEqual([false, true]);
    await expect(calibrate(plain, tf.ones([4, 3]))).rejects.toThrow(
      /^calibrate: "sequential_\d+" has no batch normalisation whose statistics could be estimated/,
    );
    await expect(calibrate(network(), tf.ones([4, 4, 4, 2]))).rejects.toThrow(
      'calibrate: images: the model takes images of shape [batch, 4, 5, 2], got [4, 4, 4, 2]',
    );
    await expect(calibrate(network(), tf.fill([2, 4, 5, 2], NaN))).rejects.toThrow(RangeError);
    const flat = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [3], name: 'flat' })] });
    await expect(calibrate(flat, tf.ones([1, 3]))).rejects.toThrow(
      'calibrate: one image gives "flat" one number a channel, which has no variance; pass more images',
    );
  });
});
