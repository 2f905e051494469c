import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { randomNormal, ready, setBackend, tidy, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGradients } from '../../test/differences.js';
import { createModel } from '../createModel.js';
import { swin, swinB, swinS, swinT } from './swin.js';

const TINY = { name: 'tiny', blocks: [2, 2], width: 4, heads: 1, windowSize: 2, depthRate: 0.5 } as const;

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

const parametersOf = (model: LayersModel): number =>
  model.weights.reduce((sum, { shape }) => sum + shape.reduce<number>((a, b) => a * b!, 1), 0);

describe('the family', () => {
  it.each([
    ['swin_t', swinT, 28_288_354, 12, 384],
    ['swin_s', swinS, 49_606_258, 24, 384],
    ['swin_b', swinB, 87_768_224, 24, 512],
  ] as const)('%s has the parameters and sites of torchvision', (name, build, parameters, sites, channels) => {
    const model = build({ initialWeights: 'zeros' });
    expect(model.name).toBe(name);
    expect(parametersOf(model)).toBe(parameters);
    const activations = model.layers.filter((layer) => layer.getClassName() === 'Activation');
    expect(activations).toHaveLength(sites);
    expect(activations[0]!.name).toBe('features.1.0.mlp.1');
    expect(activations[0]!.outputShape).toEqual([null, 56, 56, channels]);
    model.dispose();
  });

  it('has ReLUs by the option, and by a name of its own', () => {
    for (const model of [
      createModel('swin_t', { activation: 'relu', inputShape: [32, 32, 3], initialWeights: 'zeros' }),
      createModel('swin_t_relu', { inputShape: [32, 32, 3], initialWeights: 'zeros' }),
    ]) {
      expect(model.layers.filter((layer) => layer.getClassName() === 'ReLU')).toHaveLength(12);
      model.dispose();
    }
  });

  it('takes the side of its images behind the name, which the options outdo', () => {
    const sideOf = (name: string, options = {}): number => {
      const model = createModel(name, { initialWeights: 'zeros', ...options });
      const side = model.inputs[0]!.shape[1]!;
      model.dispose();
      return side;
    };
    expect(sideOf('swin_t_64')).toBe(64);
    expect(sideOf('swin_t_relu_32')).toBe(32);
    expect(sideOf('swin_s_64', { inputShape: [40, 40, 3] })).toBe(40);
    expect(() => createModel('swin_t_3')).toThrow('with height and width fixed, of 4 or more');
    expect(() => createModel('swin_l')).toThrow('createModel: expected one of');
  });

  it('takes images of any fixed size from 4 pixels on', () => {
    for (const [height, width] of [
      [4, 4],
      [29, 50],
    ] as const) {
      const model = swin(TINY, { classes: 3, inputShape: [height, width, 2], seed: 1 });
      const y = tidy(() => (model.predict(randomNormal([2, height, width, 2])) as Tensor).dataSync());
      expect(y).toHaveLength(6);
      expect(y.every(Number.isFinite)).toBe(true);
      model.dispose();
    }
    for (const inputShape of [
      [null, 32, 3],
      [3, 32, 3],
    ] as const)
      expect(() => swinT({ inputShape })).toThrow(
        'swin_t: inputShape must be [height, width, channels] with height and width fixed, of 4 or more',
      );
  });

  it('draws the same weights from a seed', () => {
    const drawn = (): number[] => {
      const model = swin(TINY, { inputShape: [16, 16, 1], seed: 5 });
      const values = model.getWeights().flatMap((weight) => [...weight.dataSync()]);
      model.dispose();
      return values;
    };
    expect(drawn()).toEqual(drawn());
  });
});

it.each(['gelu', 'relu'] as const)(
  'has the gradients of all weights by differences, in a tiny variant with %s',
  async (activation) => {
    await setBackend('cpu');
    const model = swin(TINY, { classes: 3, inputShape: [12, 20, 2], activation, seed: 3 });
    // Weights of the size of their sums, so that every part has its share.
    for (const layer of model.layers)
      layer.setWeights(
        layer.getWeights().map((w, i) => randomNormal(w.shape, i === 0 ? 0.2 : 0, 0.3, 'float32', 9 + i)),
      );
    const x = randomNormal([2, 12, 20, 2], 0, 1, 'float32', 4);
    expectGradients(
      () => model.predict(x) as Tensor,
      new Map(model.weights.map((weight) => [weight.name, weight.read() as Variable])),
      { step: 1e-3, tolerance: 2e-2 },
    );
    await setBackend('wasm');
  },
);

it('leaves branches out in training alone', () => {
  const model = swin(TINY, { classes: 3, inputShape: [16, 16, 1], seed: 3 });
  const rates = model.layers
    .filter((layer) => layer.getClassName() === 'StochasticDepth')
    .map((layer) => layer.getConfig()['rate'] as number);
  // Of four blocks, the first none: 1/6, 1/3, 1/2, of two branches each.
  expect(rates.map((rate) => Math.round(6 * rate))).toEqual([1, 1, 2, 2, 3, 3]);
  const x = zeros([2, 16, 16, 1]);
  const of = (training: boolean): Float32Array =>
    tidy(() => (model.apply(x, { training }) as Tensor).dataSync<'float32'>());
  expect(of(false)).toEqual(of(false));
  model.dispose();
});
