import type { Tensor } from '@tensorflow/tfjs-core';
import { fill, moments, ones, setBackend, sqrt, squeeze, tidy, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Activation, Convolution } from './namedLayers.js';
import { NamedLayers } from './namedLayers.js';

beforeAll(() => setBackend('cpu'));

/** What a network of one step makes of ones of `[7, 7, channels]`. */
function outputOf(channels: number, step: (net: NamedLayers, x: SymbolicTensor) => SymbolicTensor): number[][] {
  const image = input({ shape: [7, 7, channels] });
  const net = model({ inputs: image, outputs: step(new NamedLayers({ seed: 1 }), image) });
  for (const layer of net.layers)
    layer.setWeights(layer.getWeights().map((weight) => ones(weight.shape as [number, number])));
  const y = tidy(() => squeeze(net.predict(ones([1, 7, 7, channels])) as Tensor, [0, 3]).arraySync() as number[][]);
  net.dispose();
  return y;
}

describe('a convolution of ones counts what of its window lies inside', () => {
  const inside = (at: number) => Math.min(at + 3, 7) - Math.max(at, 0);
  it.each<[string, Partial<Convolution>, number[]]>([
    ['symmetric padding', {}, [-1, 0, 1, 2, 3, 4, 5]],
    ['symmetric padding, stride 2', { strides: 2 }, [-1, 1, 3, 5]],
    ['asymmetric padding, stride 2', { strides: 2, padding: [0, 1] }, [0, 2, 4]],
    ["TensorFlow's padding, stride 2", { strides: 2, padding: 'same' }, [-1, 1, 3, 5]],
    ['no padding', { padding: 0 }, [0, 1, 2, 3, 4]],
  ])('%s', (_, options, starts) => {
    const expected = starts.map((row) => starts.map((column) => inside(row) * inside(column)));
    const dense = outputOf(1, (net, x) => net.convolution(x, 'conv', { filters: 1, kernelSize: 3, ...options }));
    expect(dense).toEqual(expected);
    const depthwise = outputOf(1, (net, x) => net.depthwise(x, 'conv', { kernelSize: 3, ...options }));
    expect(depthwise).toEqual(expected);
  });
});

describe('random weights', () => {
  const deviation = (step: (net: NamedLayers, x: SymbolicTensor) => SymbolicTensor) => {
    const image = input({ shape: [8, 8, 64] });
    const net = model({ inputs: image, outputs: step(new NamedLayers({ seed: 3 }), image) });
    const value = tidy(() => sqrt(moments(net.getWeights()[0]!).variance).arraySync() as number);
    net.dispose();
    return value;
  };
  it.each<[string, (net: NamedLayers, x: SymbolicTensor) => SymbolicTensor, number]>([
    ['fanOut', (net, x) => net.convolution(x, 'a', { filters: 96, kernelSize: 3 }), Math.sqrt(2 / (9 * 96))],
    ['fanOut, depthwise', (net, x) => net.depthwise(x, 'a', { kernelSize: 5 }), Math.sqrt(2 / (25 * 64))],
    [
      'fanIn',
      (net, x) => net.convolution(x, 'a', { filters: 96, kernelSize: 3, initial: 'fanIn' }),
      Math.sqrt(1 / 3 / (9 * 64)),
    ],
    ['fanIn, depthwise', (net, x) => net.depthwise(x, 'a', { kernelSize: 5, initial: 'fanIn' }), Math.sqrt(1 / 3 / 25)],
    ['0.01', (net, x) => net.dense(x, 'a', { units: 500, initial: 0.01 }), 0.01],
  ])('%s have the deviation asked for, to 5 %%', (_, step, expected) => {
    expect(deviation(step) / expected).toBeGreaterThan(0.95);
    expect(deviation(step) / expected).toBeLessThan(1.05);
  });
});

describe('activation', () => {
  it.each<[Activation, number]>([
    ['relu', 7],
    ['relu6', 6],
    ['silu', 7 / (1 + Math.exp(-7))],
    ['gelu', 7],
  ])('%s of 7 is %f', (kind, expected) => {
    const image = input({ shape: [1] });
    const net = model({ inputs: image, outputs: new NamedLayers({}).activation(kind, 'act')(image) });
    const y = tidy(() => (net.predict(fill([1, 1], 7)) as Tensor).dataSync()[0]);
    expect(y).toBeCloseTo(expected, 5);
    net.dispose();
  });
});

it('a linear layer goes without bias where told', () => {
  const image = input({ shape: [4] });
  const net = model({
    inputs: image,
    outputs: new NamedLayers({ seed: 1 }).dense(image, 'fc', { units: 2, bias: false }),
  });
  expect(net.getLayer('fc').weights).toHaveLength(1);
  net.dispose();
});

it('draws nothing where weights are to be zeros', () => {
  const image = input({ shape: [4, 4, 3] });
  const net = model({
    inputs: image,
    outputs: new NamedLayers({ initialWeights: 'zeros' }).convolution(image, 'conv', { filters: 2, kernelSize: 3 }),
  });
  expect(net.getWeights()[0]?.dataSync()).toEqual(zeros([54]).dataSync());
  net.dispose();
});
