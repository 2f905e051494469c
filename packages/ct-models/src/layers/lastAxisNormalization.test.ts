import type { Tensor } from '@tensorflow/tfjs-core';
import {
  abs,
  grad,
  max,
  memory,
  mul,
  randomNormal,
  ready,
  setBackend,
  sub,
  sum,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGradients } from '../../test/differences.js';
import { LastAxisNormalization, lastAxisNormalization } from './lastAxisNormalization.js';

const largest = (x: Tensor, y: Tensor): number => tidy(() => max(abs(sub(x, y))).dataSync()[0]!);

describe.each(['cpu', 'wasm'])('lastAxisNormalization on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it.each([[[2, 5]], [[2, 3, 7]], [[2, 3, 4, 6]]])('of %j agrees with tfjs, values and gradient, to 2e-6', (shape) => {
    const ours = lastAxisNormalization({ epsilon: 1e-3 });
    const stock = layers.layerNormalization({ epsilon: 1e-3 });
    const [x, dy] = [3, 4].map((seed) => randomNormal(shape, 0.5, 2, 'float32', seed)) as [Tensor, Tensor];
    const [gamma, beta] = [5, 6].map((seed) => randomNormal(shape.slice(-1), 1, 0.3, 'float32', seed)) as [
      Tensor,
      Tensor,
    ];
    for (const layer of [ours, stock]) {
      layer.apply(x);
      layer.setWeights([gamma, beta]);
    }
    const of =
      (layer: typeof ours | typeof stock): ((x: Tensor) => Tensor) =>
      (t) =>
        layer.apply(t) as Tensor;
    expect(largest(of(ours)(x), of(stock)(x))).toBeLessThan(2e-6);
    const slope = (layer: typeof ours | typeof stock): Tensor => grad((t: Tensor) => sum(mul(of(layer)(t), dy)))(x);
    expect(largest(slope(ours), slope(stock))).toBeLessThan(2e-6);
  });

  it('has the gradients of its weights and its input, by differences, and keeps no tensor', () => {
    const layer = lastAxisNormalization();
    const x = variable(randomNormal([3, 4, 5], 1, 2, 'float32', 7));
    layer.apply(x);
    const [gamma, beta] = layer.weights.map((weight) => weight.read()) as [never, never];
    expectGradients(
      () => layer.apply(x) as Tensor,
      new Map([
        ['x', x],
        ['gamma', gamma],
        ['beta', beta],
      ]),
    );
  });

  it('frees everything on the way', () => {
    const layer = lastAxisNormalization();
    const x = randomNormal([2, 3]);
    (layer.apply(x) as Tensor).dispose();
    const before = memory().numTensors;
    (layer.apply(x) as Tensor).dispose();
    expect(memory().numTensors).toBe(before);
  });
});

it('is saved with its epsilon', () => {
  const layer = lastAxisNormalization({ epsilon: 1e-6, name: 'norm' });
  const x = input({ shape: [4, 3] });
  const net = model({ inputs: x, outputs: layer.apply(x) as never });
  expect(net.outputShape).toEqual([null, 4, 3]);
  expect(new LastAxisNormalization(layer.getConfig() as never).getConfig()).toEqual(layer.getConfig());
  net.dispose();
});
