import type { Tensor } from '@tensorflow/tfjs-core';
import { grad, memory, ready, setBackend, sum, tensor1d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { HardSigmoid, hardSigmoid } from './hardSigmoid.js';

describe.each(['cpu', 'wasm'])('hardSigmoid on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it('is relu6(x + 3) / 6 to 1e-7, with its slope', () => {
    const x = tensor1d([-Infinity, -4, -3, -1.5, 0, 1, 3, 5, Infinity]);
    const layer = hardSigmoid();
    const before = memory().numTensors;
    const y = layer.apply(x) as Tensor;
    [0, 0, 0, 0.25, 0.5, 2 / 3, 1, 1, 1].forEach((exact, i) => {
      expect(y.dataSync()[i]).toBeCloseTo(exact, 7);
    });
    const dx = grad((input: Tensor) => sum(layer.apply(input) as Tensor))(x);
    [0, 0, 1 / 6, 1 / 6, 0, 0].forEach((exact, i) => {
      expect(dx.dataSync()[[0, 1, 4, 5, 7, 8][i]!]).toBeCloseTo(exact, 7);
    });
    dx.dispose();
    y.dispose();
    expect(memory().numTensors).toBe(before);
    x.dispose();
  });
});

it('is made again from its configuration', () => {
  const layer = hardSigmoid({ name: 'gate' });
  expect(new HardSigmoid(layer.getConfig() as { name: string }).getConfig()).toEqual(layer.getConfig());
});
