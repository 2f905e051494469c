import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';
import { Random } from '../../examples/random.js';
import { prepareForTraining } from '../trainingMode.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

/** y = a + 2a + b, of which b may have one channel. */
function sum(channels: number): tf.LayersModel {
  const [a, b] = [tf.input({ shape: [3, 2] }), tf.input({ shape: [3, channels] })];
  const twice = tf.layers.add().apply([a, a]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: [a, b], outputs: tf.layers.add().apply([a, twice, b]) as tf.SymbolicTensor });
  prepareForTraining(model, { batchNorm: 'adapt', random: new Random(1) });
  return model;
}

it.each([2, 1])('gives the sum, and dy for each branch, a branch of %i channels among them', (channels) => {
  tf.tidy(() => {
    const model = sum(channels);
    const [a, b] = [
      tf.randomNormal([4, 3, 2], 0, 1, 'float32', 1),
      tf.randomNormal([4, 3, channels], 0, 1, 'float32', 2),
    ];
    const dy = tf.randomNormal([4, 3, 2], 0, 1, 'float32', 3);
    const f = (...inputs: tf.Tensor[]): tf.Tensor => model.apply(inputs, { training: true }) as tf.Tensor;
    const [da, db] = tf.grads(f)([a, b], dy) as [tf.Tensor, tf.Tensor];
    const close = (got: tf.Tensor, expected: tf.Tensor): void =>
      expect(tf.max(tf.abs(tf.sub(got, expected))).dataSync()[0]).toBeLessThan(1e-6);
    close(f(a, b), tf.add(tf.mul(a, 3), b));
    close(da, tf.mul(dy, 3));
    close(db, channels === 2 ? dy : tf.sum(dy, 2, true));
  });
});

it('keeps no branch for the gradient', () => {
  tf.tidy(() => {
    const model = sum(2);
    const [a, b] = [tf.ones([4, 3, 2]), tf.ones([4, 3, 2])];
    let saved: number | undefined;
    tf.grads((...inputs) => {
      const y = model.apply(inputs, { training: true }) as tf.Tensor;
      saved = tf.engine().state.activeTape!.reduce((count, node) => count + (node.saved?.length ?? 0), 0);
      return tf.sum(y);
    })([a, b]);
    expect(saved).toBe(0);
  });
});
