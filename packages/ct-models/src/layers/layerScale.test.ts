import type { Tensor } from '@tensorflow/tfjs-core';
import { randomNormal, setBackend, tensor, variable } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { expectGradients } from '../../test/differences.js';
import { LayerScale, layerScale } from './layerScale.js';

beforeAll(() => setBackend('cpu'));

it('multiplies every channel by its own weight, at first by what was asked for', () => {
  const layer = layerScale({ initialScale: 0.5 });
  const x = tensor([1, 2, 3, 4], [1, 2, 2]);
  expect([...(layer.apply(x) as Tensor).dataSync()]).toEqual([0.5, 1, 1.5, 2]);
  layer.setWeights([tensor([2, -1])]);
  expect([...(layer.apply(x) as Tensor).dataSync()]).toEqual([2, -2, 6, -4]);
  expect(layer.weights[0]!.originalName).toMatch(/layer_scale$/);
});

it('has the gradients of its weight and its input, by differences', () => {
  const layer = layerScale({ initialScale: 1 });
  const x = variable(randomNormal([2, 3, 3, 4], 0, 1, 'float32', 3));
  layer.apply(x);
  const scale = layer.weights[0]!.read() as never;
  expectGradients(
    () => layer.apply(x) as Tensor,
    new Map([
      ['x', x],
      ['scale', scale],
    ]),
  );
});

it('is saved with what it starts from', () => {
  const layer = layerScale({ name: 'scale' });
  expect(layer.getConfig()).toMatchObject({ initialScale: 1e-6 });
  expect(new LayerScale(layer.getConfig() as never).getConfig()).toEqual(layer.getConfig());
});
