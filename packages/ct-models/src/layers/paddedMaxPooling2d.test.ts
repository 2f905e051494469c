import type { Tensor } from '@tensorflow/tfjs-core';
import { grad, memory, ready, setBackend, sum, tensor4d, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { PaddedMaxPooling2D, paddedMaxPooling2d } from './paddedMaxPooling2d.js';

/** PyTorch's definition: the maximum over what of the window lies inside. One image, one channel. */
function pool(
  x: readonly number[],
  height: number,
  width: number,
  size: number,
  stride: number,
  padding: number,
): number[] {
  const y: number[] = [];
  for (let i = -padding; i + size <= height + padding; i += stride) {
    for (let j = -padding; j + size <= width + padding; j += stride) {
      const window = x.filter((_, k) => {
        const [row, column] = [Math.floor(k / width) - i, (k % width) - j];
        return row >= 0 && row < size && column >= 0 && column < size;
      });
      y.push(Math.max(...window));
    }
  }
  return y;
}

/** Values in (-2, -1): where a padding of zeros would win every border window. */
const negative = (count: number) => Array.from({ length: count }, (_, i) => Math.fround(-1 - ((i * 7919) % 101) / 101));

describe.each(['cpu', 'wasm'])('paddedMaxPooling2d on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it.each([
    [6, 6, 3, 2, 1],
    [7, 5, 3, 2, 1],
    [1, 1, 3, 2, 1],
    [5, 8, 2, 2, 0],
    [9, 9, 5, 3, 2],
  ])(
    'equals the definition exactly on negative inputs of %i x %i, pool %i, stride %i, padding %i',
    (height, width, poolSize, strides, padding) => {
      const x = negative(height * width);
      const layer = paddedMaxPooling2d({ poolSize, strides, padding });
      const input = tensor4d(x, [1, height, width, 1]);
      const y = layer.apply(input) as Tensor;
      expect([...y.dataSync()]).toEqual(pool(x, height, width, poolSize, strides, padding));
      expect(y.shape).toEqual(layer.computeOutputShape([1, height, width, 1]));
      input.dispose();
      y.dispose();
    },
  );

  it('keeps channels and images apart', () => {
    const input = tensor4d([1, -1, 2, -2, -3, 30, -4, 40], [2, 1, 2, 2]);
    const y = paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1 }).apply(input) as Tensor;
    expect([...y.dataSync()]).toEqual([2, -1, -3, 40]);
    input.dispose();
    y.dispose();
  });

  it('leaves no tensor behind', () => {
    const input = zeros([1, 4, 4, 2]);
    const before = memory().numTensors;
    (paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1 }).apply(input) as Tensor).dispose();
    expect(memory().numTensors).toBe(before);
    input.dispose();
  });
});

describe('paddedMaxPooling2d', () => {
  it('sends the gradient to the maximum, on cpu', async () => {
    await setBackend('cpu');
    const layer = paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1 });
    const x = tensor4d([-5, -4, -3, -2], [1, 2, 2, 1]);
    const dx = grad((input) => sum(layer.apply(input) as Tensor))(x);
    expect([...dx.dataSync()]).toEqual([0, 0, 0, 1]);
  });

  it('leaves unknown sizes unknown', () => {
    const layer = paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1 });
    expect(layer.computeOutputShape([null, null, 224, 64])).toEqual([null, null, 112, 64]);
  });

  it('is rebuilt from its config', () => {
    const layer = paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1, name: 'maxpool' });
    const again = new PaddedMaxPooling2D(
      layer.getConfig() as unknown as ConstructorParameters<typeof PaddedMaxPooling2D>[0],
    );
    expect(again.getConfig()).toEqual(layer.getConfig());
  });

  it.each([
    { poolSize: 0, strides: 1, padding: 0 },
    { poolSize: 3, strides: 0, padding: 1 },
    { poolSize: 3, strides: 2, padding: -1 },
    { poolSize: 3, strides: 2, padding: 3 },
    { poolSize: 2.5, strides: 2, padding: 1 },
  ])('refuses %o', (args) => {
    expect(() => paddedMaxPooling2d(args)).toThrow(RangeError);
  });
});
