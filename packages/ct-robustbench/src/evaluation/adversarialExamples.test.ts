import '@tensorflow/tfjs-backend-cpu';
import { serializeSafetensors } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExamplesResult } from './adversarialExamples.js';
import { parseAdversarialExamples, serializeAdversarialExamples } from './adversarialExamples.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const result = (): ExamplesResult => ({
  adversarial: tf.tensor2d([0, 0.25, 0.5, 1], [2, 2]),
  predictions: Int32Array.of(3, -1),
  robust: [true, false],
  norm: 'L2',
  eps: 0.5,
  version: 'standard',
  seed: 7,
  dataHash: 'abc',
  robustAccuracy: 0.5,
});

describe('serializeAdversarialExamples and parseAdversarialExamples', () => {
  it('go to and fro, with the facts as text', async () => {
    const bytes = await serializeAdversarialExamples(result(), [3, 1]);
    const { adversarial, labels, predictions, robust, metadata } = parseAdversarialExamples(bytes);
    expect([adversarial.shape, [...adversarial.dataSync()]]).toEqual([
      [2, 2],
      [0, 0.25, 0.5, 1],
    ]);
    expect([[...labels], [...predictions], robust]).toEqual([
      [3, 1],
      [3, -1],
      [true, false],
    ]);
    expect(metadata).toMatchObject({ norm: 'L2', eps: '0.5', version: 'standard', seed: '7', robustAccuracy: '0.5' });
  });

  it('refuses results whose parts are of different numbers of images', async () => {
    const write = (more: Partial<ExamplesResult>, labels = [3, 1]): Promise<Uint8Array> =>
      serializeAdversarialExamples({ ...result(), ...more }, labels);
    await expect(write({ robust: [true] })).rejects.toThrow(
      'result.robust must have one value for each of 2 images, got 1',
    );
    await expect(write({ predictions: Int32Array.of(1, 2, 3) })).rejects.toThrow(
      'result.predictions must have one value',
    );
    await expect(write({}, [3])).rejects.toThrow('expected one label for each of 2 images, got 1');
  });

  it('refuses every file of which one byte is another', async () => {
    const bytes = await serializeAdversarialExamples(result(), [3, 1]);
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1;
      expect(() => parseAdversarialExamples(damaged)).toThrow(/^parseAdversarialExamples: /);
    }
  });

  it('names the tensor that is missing or of another shape', () => {
    const images = { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) } as const;
    expect(() => parseAdversarialExamples(serializeSafetensors([]))).toThrow('expected a tensor "adversarial"');
    expect(() => parseAdversarialExamples(serializeSafetensors([['adversarial', { ...images, shape: [4] }]]))).toThrow(
      'tensor "adversarial" must be F32 of shape [batch, ...]',
    );
    const labels = { dtype: 'I32', shape: [3], data: new Int32Array(3) } as const;
    const file = serializeSafetensors([
      ['adversarial', images],
      ['labels', labels],
    ]);
    expect(() => parseAdversarialExamples(file)).toThrow(
      'tensor "labels" must be I32 of shape [2], got I32 of shape [3]',
    );
  });
});
