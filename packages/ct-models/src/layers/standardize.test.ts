import type { Tensor } from '@tensorflow/tfjs-core';
import { memory, ready, setBackend, tensor4d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { Standardize, standardize } from './standardize.js';

describe.each(['cpu', 'wasm'])('standardize on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it('subtracts the mean and divides by the deviation, channel by channel', () => {
    const layer = standardize({ mean: [0.5, 1], std: [0.25, 2] });
    const x = tensor4d([0, 1, 0.5, 3, 1, -1], [1, 1, 3, 2]);
    const before = memory().numTensors;
    const y = layer.apply(x) as Tensor;
    expect([...y.dataSync()]).toEqual([-2, 0, 0, 1, 2, -1]);
    expect(y.shape).toEqual(layer.computeOutputShape([1, 1, 3, 2]));
    y.dispose();
    expect(memory().numTensors).toBe(before);
    x.dispose();
  });
});

it('is made again from its configuration', () => {
  const layer = standardize({ mean: [0.5], std: [0.25], name: 'pixels' });
  const again = new Standardize(layer.getConfig() as unknown as { mean: number[]; std: number[] });
  expect(again.getConfig()).toEqual(layer.getConfig());
});

it('refuses images of another number of channels', () => {
  const x = tensor4d([0, 0, 0], [1, 1, 1, 3]);
  expect(() => standardize({ mean: [0.5], std: [0.25] }).apply(x)).toThrow('expected axis -1 of input shape');
  x.dispose();
});
