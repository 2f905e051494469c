import type { Tensor } from '@tensorflow/tfjs-core';
import { grad, memory, ready, setBackend, sum, tensor4d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptiveAveragePooling2d } from './adaptiveAveragePooling2d.js';

/** PyTorch's definition, of `[batch, height, width, channels]`. */
function pool(x: Float32Array, [batch, height, width, channels]: [number, number, number, number], n: number) {
  const y: number[] = [];
  const windows = (size: number, i: number) => [Math.floor((i * size) / n), Math.ceil(((i + 1) * size) / n)] as const;
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let c = 0; c < channels; c++) {
          const [[top, bottom], [left, right]] = [windows(height, i), windows(width, j)];
          let total = 0;
          for (let r = top; r < bottom; r++)
            for (let s = left; s < right; s++) total += x[((b * height + r) * width + s) * channels + c]!;
          y.push(total / ((bottom - top) * (right - left)));
        }
  return y;
}

describe.each(['cpu', 'wasm'])('adaptiveAveragePooling2d on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it.each([
    [2, 2, 7],
    [1, 3, 7],
    [7, 7, 7],
    [14, 21, 7],
    [14, 10, 7],
    [12, 9, 5],
    [3, 4, 1],
  ])('equals the definition to 1e-6 on %i x %i to %i', (height, width, outputSize) => {
    const shape: [number, number, number, number] = [2, height, width, 3];
    const values = Float32Array.from({ length: 2 * height * width * 3 }, (_, i) => Math.sin(1.7 * i));
    const layer = adaptiveAveragePooling2d({ outputSize });
    const x = tensor4d(values, shape);
    const before = memory().numTensors;
    const y = layer.apply(x) as Tensor;
    const expected = pool(values, shape, outputSize);
    const got = y.dataSync();
    expect(Math.max(...expected.map((exact, i) => Math.abs(exact - got[i]!)))).toBeLessThan(1e-6);
    expect(y.shape).toEqual(layer.computeOutputShape(shape));
    y.dispose();
    expect(memory().numTensors).toBe(before);
    x.dispose();
  });

  it('sends every mean back to the pixels of its window', () => {
    const x = tensor4d([0, 0, 0], [1, 3, 1, 1]);
    const layer = adaptiveAveragePooling2d({ outputSize: 2 });
    const dx = grad((input: Tensor) => sum(layer.apply(input) as Tensor))(x);
    // Two means of a row each two pixels wide; the width of one pixel is taken twice.
    expect([...dx.dataSync()]).toEqual([1, 2, 1]);
    x.dispose();
    dx.dispose();
  });
});
