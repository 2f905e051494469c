/**
 * Damaged files of PyTorch weights: refused by name, the model as it was; or loaded as their bytes say.
 */
import { fuzz, mutateSafetensors } from '@curvature-tuning/checks/testing';
import { parseSafetensors, serializeSafetensors, toFloat32 } from '@curvature-tuning/safetensors';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { loadTorchWeights } from '../src/index.js';

it('1,500 damaged files of weights are refused by name and change nothing, or are loaded as their bytes say', async ({
  task,
}) => {
  await tf.setBackend('cpu');
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'conv', filters: 2, kernelSize: 1, inputShape: [3, 3, 3], useBias: false }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'fc', units: 2 }),
    ],
  });
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
  const file = serializeSafetensors(
    [
      ['conv.weight', { dtype: 'F32', shape: [2, 3, 1, 1], data: numbers(6) }],
      ['fc.weight', { dtype: 'F32', shape: [2, 18], data: numbers(36) }],
      ['fc.bias', { dtype: 'F32', shape: [2], data: numbers(2) }],
    ],
    { format: 'pt' },
  );
  const values = (): string =>
    JSON.stringify(model.getWeights().map((weight) => Array.from(weight.dataSync(), String)));
  const { faults, refused, accepted } = await fuzz(task, {
    cases: 1500,
    seed: 12,
    draw: (random) => mutateSafetensors(file, [], random),
    run: (bytes) => {
      const before = values();
      try {
        const { tensors } = parseSafetensors(bytes);
        const { prefixes } = loadTorchWeights(model, tensors);
        const read = (name: string): string[] =>
          Array.from(toFloat32(tensors.get(`${prefixes[''] ?? ''}${name}`)!), String);
        const [conv, kernel, bias] = [read('conv.weight'), read('fc.weight'), read('fc.bias')];
        const expected = [
          [0, 1, 2].flatMap((input) => [0, 1].map((output) => conv[3 * output + input])),
          Array.from({ length: 36 }, (_, i) => kernel[18 * (i % 2) + columnOf(Math.floor(i / 2))]),
          bias,
        ];
        return values() === JSON.stringify(expected) ? undefined : `other weights: ${values()}`;
      } catch (error) {
        if (values() !== before) return `half loaded, then ${String(error)}`;
        throw error;
      }
    },
    refusal: /^(parseSafetensors|loadTorchWeights): /,
    alive: () => tf.memory().numTensors,
  });
  expect(faults).toEqual([]);
  expect(Math.min(refused, accepted)).toBeGreaterThan(200);
});

/** The column in PyTorch of a kernel's row behind a flatten of [height, width, channels]: there channels come first. */
function columnOf(row: number): number {
  return 9 * (row % 2) + Math.floor(row / 2);
}
