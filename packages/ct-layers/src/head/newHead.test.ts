import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { leavesNoTensor } from '../../test/leavesNoTensor.js';
import { smallNetwork } from '../../test/smallNetwork.js';
import { withNewHead } from './newHead.js';

leavesNoTensor();

it('replaces the head by one of zeros, and leaves the model', async () => {
  await tf.setBackend('cpu');
  const model = smallNetwork();
  const before = model.outputs[0]!.shape.at(-1);
  const other = withNewHead(model, 9);
  expect([other.outputs[0]!.shape.at(-1), model.outputs[0]!.shape.at(-1)]).toEqual([9, before]);
  tf.tidy(() => {
    const shape = [1, ...model.inputs[0]!.shape.slice(1)] as number[];
    expect([...(other.predict(tf.ones(shape)) as tf.Tensor).dataSync()]).toEqual(Array<number>(9).fill(0));
  });
  expect(() => withNewHead(model, 0)).toThrow('withNewHead: classes');
  other.dispose();
  model.dispose();
});
