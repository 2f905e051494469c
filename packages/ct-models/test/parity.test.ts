import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, ready, setBackend, tensor, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { hashInput, hashWeights } from '../src/hashWeights.js';
import type { ResNetOptions } from '../src/index.js';
import { loadPretrained, loadTorchWeights, resnet18, resnet50, resnet8 } from '../src/index.js';

interface Golden {
  name: string;
  input_shape_nchw: [number, number, number, number];
  n_values_filled: number;
  logits: { shape: number[]; data: number[] };
}

const read = <T>(name: string) => JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), 'utf8')) as T;
const goldens = [...read<{ models: Golden[] }>('sct_resnet_relu.json').models, read<Golden>('resnet50.json')];
const builders: Record<string, (options: ResNetOptions) => LayersModel> = { resnet8, resnet18, resnet50 };

/** The largest error of the logits, as a part of the largest logit. */
function relativeError(output: Tensor, expected: readonly number[]): number {
  const values = output.dataSync();
  expect(values).toHaveLength(expected.length);
  const error = Math.max(...expected.map((exact, i) => Math.abs(exact - (values[i] as number))));
  return error / Math.max(...expected.map(Math.abs));
}

describe('hash-weight networks agree with PyTorch in float64 to 5e-6 of the largest logit', () => {
  it.each([
    ['cpu', 'resnet8'],
    ['cpu', 'resnet18'],
    ['wasm', 'resnet8'],
    ['wasm', 'resnet18'],
    ['wasm', 'resnet50'],
  ])(
    '%s: %s',
    async (backend, name) => {
      await setBackend(backend);
      await ready();
      const golden = goldens.find((one) => one.name === name) as Golden;
      const [, channels, height, width] = golden.input_shape_nchw;
      const build = builders[name] as (options: ResNetOptions) => LayersModel;
      const model = build({ classes: 10, inputShape: [height, width, channels], initialWeights: 'zeros' });
      const weights = hashWeights(model);
      expect([...weights.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(golden.n_values_filled);
      loadTorchWeights(model, weights);
      const error = tidy(() =>
        relativeError(model.predict(hashInput(golden.input_shape_nchw)) as Tensor, golden.logits.data),
      );
      model.dispose();
      expect(error).toBeLessThanOrEqual(5e-6);
    },
    60_000,
  );
});

describe('resnet14.mnist agrees with the PyTorch network it was trained as, to 5e-6 of the largest logit', () => {
  const golden = read<{
    mean: number;
    std: number;
    images: { shape: number[]; data: number[] };
    labels: number[];
    logits: { data: number[] };
  }>('resnet14_mnist.json');

  it.each(['cpu', 'wasm'])('%s', async (backend) => {
    await setBackend(backend);
    await ready();
    const model = await loadPretrained('resnet14.mnist');
    const pixels = golden.images.data.map((byte) => (byte / 255 - golden.mean) / golden.std);
    const images = tensor(pixels, [...golden.images.shape, 1]);
    const logits = model.predict(images) as Tensor;
    const rows = logits.arraySync() as number[][];
    expect(relativeError(logits, golden.logits.data)).toBeLessThanOrEqual(5e-6);
    expect(rows.map((row) => row.indexOf(Math.max(...row)))).toEqual(golden.labels);
    dispose([images, logits]);
    model.dispose();
  });
});
