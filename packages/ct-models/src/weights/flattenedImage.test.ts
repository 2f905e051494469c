import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { flattenedImage, outerCalls } from './flattenedImage.js';

const { layers } = tf;

/** What the layer of a name was flattened from, wherever in the model it is. */
function imageBefore(model: tf.LayersModel, name: string, inner: tf.LayersModel = model): readonly number[] | null {
  return flattenedImage(inner.getLayer(name), outerCalls(model));
}

const flat = (...after: tf.layers.Layer[]): tf.Sequential =>
  tf.sequential({ layers: [layers.flatten({ inputShape: [2, 3, 4] }), ...after] });

describe('flattenedImage', () => {
  it('is the image before a Flatten, or a Reshape to a vector', () => {
    expect(imageBefore(flat(layers.dense({ units: 2, name: 'fc' })), 'fc')).toEqual([2, 3, 4]);
    const reshaped = tf.sequential({
      layers: [layers.reshape({ inputShape: [2, 3, 4], targetShape: [24] }), layers.dense({ units: 2, name: 'fc' })],
    });
    expect(imageBefore(reshaped, 'fc')).toEqual([2, 3, 4]);
  });

  it('is seen past layers that keep each value at its place', () => {
    const model = flat(
      layers.dropout({ rate: 0.5 }),
      layers.reLU(),
      layers.batchNormalization({ name: 'bn' }),
      layers.dense({ units: 2, name: 'fc' }),
    );
    expect(imageBefore(model, 'fc')).toEqual([2, 3, 4]);
    expect(imageBefore(model, 'bn')).toEqual([2, 3, 4]);
  });

  it('is none behind a Dense of the same length, a pooling, or a Flatten of rows', () => {
    expect(imageBefore(flat(layers.dense({ units: 24 }), layers.dense({ units: 2, name: 'fc' })), 'fc')).toBeNull();
    const pooled = tf.sequential({
      layers: [layers.globalAveragePooling2d({ inputShape: [2, 3, 4] }), layers.dense({ units: 2, name: 'fc' })],
    });
    expect(imageBefore(pooled, 'fc')).toBeNull();
    const vector = tf.sequential({
      layers: [layers.flatten({ inputShape: [4, 6] }), layers.dense({ units: 2, name: 'fc' })],
    });
    expect(imageBefore(vector, 'fc')).toBeNull();
  });

  it('is found across the borders of networks, in both directions', () => {
    const head = tf.sequential({ name: 'head', layers: [layers.dense({ units: 2, name: 'fc', inputShape: [24] })] });
    const input = tf.input({ shape: [2, 3, 4] });
    const body = tf.model({ name: 'body', inputs: input, outputs: layers.flatten().apply(input) as tf.SymbolicTensor });
    const outer = tf.input({ shape: [2, 3, 4] });
    const model = tf.model({ inputs: outer, outputs: head.apply(body.apply(outer)) as tf.SymbolicTensor });
    expect(imageBefore(model, 'fc', head)).toEqual([2, 3, 4]);
    // By itself the head's input is a vector that nobody flattened.
    expect(imageBefore(head, 'fc')).toBeNull();
  });

  it('is none where several outputs come together', () => {
    const input = tf.input({ shape: [2, 3, 4] });
    const a = layers.flatten().apply(input) as tf.SymbolicTensor;
    const sum = layers.add().apply([a, a]) as tf.SymbolicTensor;
    const fc = layers.dense({ units: 2, name: 'fc' });
    const model = tf.model({ inputs: input, outputs: fc.apply(sum) as tf.SymbolicTensor });
    expect(imageBefore(model, 'fc')).toBeNull();
  });
});
