import type { Tensor } from '@tensorflow/tfjs-core';
import { randomNormal, ready, setBackend, tensor4d, variable } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGradients } from '../../test/differences.js';
import { PatchMerging, patchMerging } from './patchMerging.js';

/** PyTorch's definition, of one image of one channel. */
function merge(x: (i: number, j: number) => number, height: number, width: number): number[] {
  const y: number[] = [];
  for (let i = 0; i < height; i += 2)
    for (let j = 0; j < width; j += 2) y.push(x(i, j), x(i + 1, j), x(i, j + 1), x(i + 1, j + 1));
  return y;
}

describe.each(['cpu', 'wasm'])('patchMerging on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it.each([
    [4, 6],
    [3, 4],
    [4, 5],
    [1, 1],
  ])('puts neighbours of %i x %i side by side, in the order of PyTorch, zeros beyond the edge', (height, width) => {
    const at = (i: number, j: number): number => (i < height && j < width ? 1 + i * width + j : 0);
    const x = tensor4d(
      Array.from({ length: height * width }, (_, k) => k + 1),
      [1, height, width, 1],
    );
    const layer = patchMerging();
    const y = layer.apply(x) as Tensor;
    expect([...y.dataSync()]).toEqual(merge(at, height, width));
    expect(y.shape).toEqual(layer.computeOutputShape([1, height, width, 1]));
  });

  it('keeps the channels of a place together, and images apart', () => {
    const x = tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18], [2, 2, 2, 2]);
    const y = patchMerging().apply(x) as Tensor;
    expect([...y.dataSync()]).toEqual([1, 2, 5, 6, 3, 4, 7, 8, 11, 12, 15, 16, 13, 14, 17, 18]);
  });

  it('has the gradient of its input, by differences', () => {
    const x = variable(randomNormal([2, 3, 5, 2], 0, 1, 'float32', 3));
    const layer = patchMerging();
    expectGradients(() => layer.apply(x) as Tensor, new Map([['x', x]]));
    x.dispose();
  });
});

it('is saved by its name', () => {
  const layer = patchMerging({ name: 'merge' });
  expect(new PatchMerging(layer.getConfig() as never).getConfig()).toEqual(layer.getConfig());
});
