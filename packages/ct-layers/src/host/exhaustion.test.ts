import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { accuracy, linearProbe, steer, tune } from '../index.js';

let data: { images: tf.Tensor; labels: tf.Tensor1D };
beforeAll(async () => {
  await tf.setBackend('wasm');
  data = { images: tf.zeros([6, 3]), labels: tf.tensor1d([0, 1, 0, 1, 0, 1], 'int32') };
});

/** A layer in which memory runs out, as tfjs's kernels report it. */
class Trap extends tf.layers.Layer {
  static readonly className = 'Trap';
  static error: Error | undefined;
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    if (Trap.error !== undefined) throw Trap.error;
    return tf.clone([inputs].flat()[0]!);
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
}
tf.serialization.registerClass(Trap);

const net = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, activation: 'relu', inputShape: [3] }),
      new Trap({}) as unknown as tf.layers.Layer,
      tf.layers.dense({ units: 2 }),
    ],
  });
describe.each([
  new WebAssembly.RuntimeError('memory access out of bounds'),
  new WebAssembly.RuntimeError('Aborted(). Build with -sASSERTIONS for more info.'),
  new RangeError('Array buffer allocation failed'),
  new Error('Ctu: the memory of the wasm backend is exhausted: wanted 77,070,336 bytes more'),
])('%s', (cause) => {
  it.each(
    Object.entries({
      accuracy,
      linearProbe: (m: tf.LayersModel) => linearProbe(m, data, data),
      steer: (m: tf.LayersModel) => steer(m, data, data),
      tune: (m: tf.LayersModel) => tune(m, data, data),
    }),
  )(
    'becomes an error of %s that names bytes and cure, has it for its cause, and leaks no tensor',
    async (caller, run) => {
      const model = net();
      const before = tf.memory().numTensors;
      Trap.error = cause;
      try {
        const error = await run(model, data).then(
          () => undefined,
          (e: unknown) => e as Error,
        );
        expect(error!.message).toMatch(
          new RegExp(
            `^${caller}: wasm memory exhausted at [\\d,]+ MB of 4,096 MB: lower evaluationBatchSize, in training ` +
              'microBatchSize, .* \\(tensors take \\d+ MB; .*\\)',
          ),
        );
        let root = error!.cause as Error;
        while (root.cause !== undefined) root = root.cause as Error;
        expect(root).toBe(cause);
        expect(tf.memory().numTensors).toBe(before);
      } finally {
        Trap.error = undefined;
      }
    },
  );
});

it('lets other errors pass as they are', async () => {
  Trap.error = new Error('something else');
  await expect(accuracy(net(), data)).rejects.toBe(Trap.error);
  Trap.error = undefined;
});
