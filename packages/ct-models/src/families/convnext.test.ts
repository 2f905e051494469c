import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { randomNormal, setBackend, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { expectGradients } from '../../test/differences.js';
import { convnext, convnextBase, convnextLarge, convnextSmall, convnextTiny } from './convnext.js';

const SMALL = {
  name: 'small',
  stages: [
    { blocks: 1, width: 4 },
    { blocks: 2, width: 6 },
  ],
  depthRate: 0.5,
} as const;

beforeAll(() => setBackend('cpu'));

it.each([
  ['convnext_tiny', convnextTiny, 28_589_128, 18],
  ['convnext_small', convnextSmall, 50_223_688, 36],
  ['convnext_base', convnextBase, 88_591_464, 36],
  ['convnext_large', convnextLarge, 197_767_336, 36],
] as const)('%s has the parameters and sites of torchvision', (name, build, parameters, sites) => {
  const model = build({ initialWeights: 'zeros' });
  expect(model.name).toBe(name);
  expect(model.countParams()).toBe(parameters);
  const activations = model.layers.filter((layer) => layer.getClassName() === 'Activation');
  expect(activations).toHaveLength(sites);
  expect(activations[0]!.name).toBe('features.1.0.block.4');
  model.dispose();
});

it('takes images of other and of varying sizes, from 32 pixels on', () => {
  const model = convnext(SMALL, { classes: 3, inputShape: [null, null, 2], seed: 1 });
  const y = tidy(() => (model.predict(randomNormal([2, 33, 40, 2])) as Tensor).dataSync());
  expect(y).toHaveLength(6);
  expect(y.every(Number.isFinite)).toBe(true);
  model.dispose();
  expect(() => convnextTiny({ inputShape: [31, 32, 3] })).toThrow(
    'convnext_tiny: inputShape must be [height, width, channels] with height and width of 32 or more',
  );
});

it('has the gradients of all weights by differences, in a small variant', () => {
  const model = convnext(SMALL, { classes: 3, inputShape: [32, 32, 2], seed: 3 });
  // Weights of the size of their sums, so that every part has its share.
  for (const layer of model.layers)
    layer.setWeights(layer.getWeights().map((w, i) => randomNormal(w.shape, i === 0 ? 0.2 : 0, 0.3, 'float32', 9 + i)));
  const x = randomNormal([2, 32, 32, 2], 0, 1, 'float32', 4);
  expectGradients(
    () => model.predict(x) as Tensor,
    new Map(model.weights.map((weight) => [weight.name, weight.read() as Variable])),
    { step: 1e-3, tolerance: 2e-2 },
  );
  model.dispose();
});
