import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { exposeFeatures, extractFeatures, findFeatures, runInBatches } from './features.js';

beforeAll(() => tf.setBackend('cpu'));

const dense = (name: string, units: number): tf.layers.Layer =>
  tf.layers.dense({ name, units, kernelInitializer: tf.initializers.glorotUniform({ seed: units }) });
/** Features of 5 inside of a nested model, and a head. */
function network(): tf.LayersModel {
  const x = tf.input({ shape: [3] });
  const y = dense('b', 5).apply(dense('a', 4).apply(x)) as tf.SymbolicTensor;
  const inner = tf.model({ name: 'inner', inputs: x, outputs: y });
  return tf.sequential({ name: 'net', layers: [inner, dense('fc', 2)] });
}

describe('the features of a model', () => {
  it('are what goes into its head', () => {
    expect(exposeFeatures(findFeatures('f', network())).shape).toEqual([null, 5]);
  });

  it('are the output of a layer that is named, inside of a model too', () => {
    const model = network();
    const output = exposeFeatures(findFeatures('f', model, 'inner/a'));
    expect(output.shape).toEqual([null, 4]);
    const cut = tf.model({ inputs: model.inputs, outputs: output });
    const x = tf.tensor2d([[1, 2, 3]]);
    const inner = model.getLayer('inner') as tf.LayersModel;
    const direct = inner.getLayer('a').apply(x) as tf.Tensor;
    expect((cut.predict(x) as tf.Tensor).dataSync()).toEqual(direct.dataSync());
  });

  it('are refused under a name that there is not', () => {
    expect(() => findFeatures('f', network(), 'c')).toThrow('f: features: no layer "c" in "net"; it has');
  });

  it('are refused inside of what is called twice', () => {
    const x = tf.input({ shape: [3] });
    const inner = tf.model({ name: 'inner', inputs: x, outputs: dense('a', 3).apply(x) as tf.SymbolicTensor });
    const y = tf.input({ shape: [3] });
    const outer = tf.model({ inputs: y, outputs: inner.apply(inner.apply(y)) as tf.SymbolicTensor });
    expect(() => findFeatures('f', outer, 'inner/a')).toThrow('which is called at 2 places');
  });
});

it('runs in batches to the same numbers, flattened, and leaves nothing else', async () => {
  const model = network();
  const x = tf.randomNormal([7, 3], 0, 1, 'float32', 1);
  const before = tf.memory().numTensors;
  const [whole, parts] = [
    await extractFeatures(model, x, { batchSize: 7 }),
    await extractFeatures(model, x, { batchSize: 3 }),
  ];
  expect(parts.shape).toEqual([7, 2]);
  parts.dataSync().forEach((value, i) => expect(value).toBeCloseTo(whole.dataSync()[i]!, 6));
  tf.dispose([whole, parts]);
  expect(tf.memory().numTensors).toBe(before);
});

it('stops where it is aborted, and leaves nothing', async () => {
  const before = tf.memory().numTensors;
  const x = tf.zeros([4, 3]);
  const model = network();
  const tensors = tf.memory().numTensors;
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(runInBatches(model, x, { batchSize: 1, signal })).rejects.toThrow('enough');
  expect(tf.memory().numTensors).toBe(tensors);
  expect(tensors).toBeGreaterThan(before);
});
