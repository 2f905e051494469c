import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { AttackedModel } from './attackedModel.js';

beforeAll(() => tf.setBackend('cpu'));

it('runs forward passes, too, with as many images as fit the budget, to the same logits', async () => {
  const weights = tf.randomNormal([64, 5], 0, 1, 'float32', 1) as tf.Tensor2D;
  const batches: number[] = [];
  const model = (x: tf.Tensor): tf.Tensor => {
    batches.push(x.shape[0]!);
    return tf.matMul(tf.reshape(x, [-1, 64]), weights);
  };
  const images = Float32Array.from({ length: 50 * 64 }, (_, i) => (i % 97) / 97);
  const before = tf.memory().numTensors;
  const whole = await new AttackedModel(model, [8, 8, 1]).logits(images, 50);
  expect(Math.max(...batches)).toBe(50);
  batches.length = 0;
  // An image, its reshaped view and five logits take 532 bytes.
  const parts = await new AttackedModel(model, [8, 8, 1], { memoryBudget: 12 * 532 }).logits(images, 50);
  expect(Math.max(...batches)).toBe(12);
  expect(parts.data).toEqual(whole.data);
  expect(tf.memory().numTensors).toBe(before);
});

it('says in words that memory has run out, once, with the trap as the cause', async () => {
  const trap = new WebAssembly.RuntimeError('memory access out of bounds');
  const attacked = new AttackedModel(() => {
    throw trap;
  }, [8, 8, 1]);
  for (const pass of [
    attacked.logits(new Float32Array(64), 1),
    attacked.gradient(new Float32Array(64), 1, (z) => z, new Float32Array(64)),
  ]) {
    await expect(pass).rejects.toMatchObject({
      message: expect.stringMatching(
        /^attack: memory has run out \(memory access out of bounds\): tensors take \d+ MB; pass a smaller/,
      ) as string,
      cause: trap,
    });
  }
});
