import { beforeAll, beforeEach, expect, it } from 'vitest';
import { memory, setBackend, tensor2d, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import type { Sequential } from '@tensorflow/tfjs-layers';
import { randomNumbers } from '../plane/random.ts';
import { AttackLab } from './attackLab.ts';

beforeAll(() => setBackend('cpu'));
/** Tensors before a test: other files of this process may have left some. */
let others: number;
beforeEach(() => void (others = memory().numTensors));

const { signal } = new AbortController();

/** Tells a bright left half from a bright right one: logits [l, r], the sums of the halves. */
function halves(): Sequential {
  const model = sequential({
    layers: [
      layers.conv2d({
        filters: 1,
        kernelSize: 1,
        activation: 'relu',
        inputShape: [4, 4, 1],
        kernelInitializer: initializers.ones(),
      }),
      layers.flatten(),
      layers.dense({ units: 2, useBias: false, name: 'sums' }),
    ],
  });
  const sums = Float32Array.from({ length: 32 }, (_, i) => (i % 2 === ((i >> 1) % 4) >> 1 ? 1 : 0));
  tidy(() => model.getLayer('sums').setWeights([tensor2d(sums, [16, 2])]));
  return model;
}

/** Halves that differ by `by` in every pixel, about 0.5. */
function image(label: number, by: number): Float32Array {
  const { uniform } = randomNumbers(1);
  return Float32Array.from({ length: 16 }, (_, i) => {
    const isBright = (i % 4 < 2 ? 0 : 1) === label;
    return 0.5 + (isBright ? by / 2 : -by / 2) + 0.001 * uniform();
  });
}

it('finds what fools a network exactly where the bound allows it, and stays in the bound', async () => {
  const lab = new AttackLab({
    model: halves(),
    preprocessing: { inputSize: [4, 4, 1] },
    // The difference of the halves is overcome by eps > by / 2 and no less.
    images: [image(0, 0.3), image(1, 0.1), image(0, 0.3), image(1, 0.3)],
    labels: [0, 1, 1, 1],
    unlabelled: [image(0, 0.3)],
  });
  const before = memory().numTensors;
  const at = await lab.attack('given', 4, { eps: 0.1, signal });
  expect(at.right).toEqual([true, true, false, true]);
  expect(at.withstands).toEqual([true, false, false, true]);
  const fooled = await lab.attackImage('given', 1, { eps: 0.1, signal });
  expect([fooled.label, fooled.before, fooled.after]).toEqual([1, 1, 0]);
  expect(Math.max(...fooled.attacked.map((x, i) => Math.abs(x - fooled.clean[i]!)))).toBeLessThanOrEqual(0.1 + 1e-6);
  const held = await lab.attackImage('given', 0, { eps: 0.1, signal });
  expect([held.before, held.after]).toEqual([0, 0]);
  expect(held.attacked).toEqual(held.clean);
  const wrong = await lab.attackImage('given', 2, { eps: 0.1, signal });
  expect([wrong.label, wrong.before, wrong.after]).toEqual([1, 0, 0]);
  expect(memory().numTensors).toBe(before);
  lab.dispose();
  expect(memory().numTensors).toBe(others);
});

it('calibrates once for each beta, and frees all of it', async () => {
  const model = sequential({
    layers: [
      layers.conv2d({
        filters: 2,
        kernelSize: 3,
        inputShape: [4, 4, 1],
        kernelInitializer: initializers.heNormal({ seed: 1 }),
      }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.flatten(),
      layers.dense({ units: 4, kernelInitializer: initializers.heNormal({ seed: 2 }) }),
    ],
  });
  const images = [image(0, 0.3), image(1, 0.2)];
  const lab = new AttackLab({
    model,
    preprocessing: { inputSize: [4, 4, 1], mean: [0.5], std: [0.25] },
    images,
    labels: [0, 1],
    unlabelled: images,
  });
  const shares: number[] = [];
  for (const which of ['given', 1, 0.7] as const)
    expect(await lab.attack(which, 2, { eps: 0.1, signal, onProgress: (share) => shares.push(share) })).toMatchObject({
      which,
    });
  expect(Math.max(...shares)).toBe(1);
  const held = memory().numTensors;
  await lab.attack(0.7, 2, { eps: 0.2, signal });
  expect(memory().numTensors).toBe(held);
  lab.dispose();
  expect(memory().numTensors).toBe(others);
});
