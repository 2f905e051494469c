import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { memory, randomNormal, ready, setBackend, variable } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGradients } from '../../test/differences.js';
import { ShiftedWindowAttention, shiftedWindowAttention } from './shiftedWindowAttention.js';

interface Setup {
  heads: number;
  windowSize: number;
  shift: number;
}

/**
 * The definition, place by place: who attends to whom is told by where places lie in the image, which is cut into
 * windows that begin at `shift` and, at its edges, into what is left of them.
 */
function attend(qkv: number[][][][], table: number[][], { heads, windowSize, shift }: Setup): number[][][][] {
  const [height, width] = [qkv[0]!.length, qkv[0]![0]!.length];
  const channels = qkv[0]![0]![0]!.length / 3;
  const depth = channels / heads;
  const places = Array.from({ length: height * width }, (_, p) => [Math.floor(p / width), p % width] as const);
  // Along a side of one window nothing is shifted.
  const windowOf = (at: number, length: number): number =>
    Math.floor((at - (length > windowSize ? shift : 0) + windowSize) / windowSize);
  return qkv.map((image) => {
    const result = image.map((row) => row.map(() => Array<number>(channels).fill(0)));
    for (const [i, j] of places) {
      const near = places.filter(
        ([k, l]) => windowOf(k, height) === windowOf(i, height) && windowOf(l, width) === windowOf(j, width),
      );
      for (let head = 0; head < heads; head++) {
        const part = (at: readonly [number, number], which: number): number[] =>
          image[at[0]]![at[1]]!.slice(which * channels + head * depth, which * channels + (head + 1) * depth);
        const q = part([i, j], 0);
        const scores = near.map(([k, l]) => {
          const dot = part([k, l], 1).reduce((sum, value, d) => sum + value * q[d]!, 0);
          const relative = (i - k + windowSize - 1) * (2 * windowSize - 1) + (j - l + windowSize - 1);
          return Math.exp(dot / Math.sqrt(depth) + table[relative]![head]!);
        });
        const total = scores.reduce((a, b) => a + b, 0);
        near.forEach((at, n) =>
          part(at, 2).forEach((value, d) => (result[i]![j]![head * depth + d]! += (scores[n]! / total) * value)),
        );
      }
    }
    return result;
  });
}

describe.each(['cpu', 'wasm'])('shiftedWindowAttention on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
    await ready();
  });

  it.each<[Setup, number, number]>([
    [{ heads: 1, windowSize: 2, shift: 0 }, 4, 4],
    [{ heads: 2, windowSize: 2, shift: 1 }, 4, 6],
    [{ heads: 2, windowSize: 3, shift: 1 }, 6, 9],
    [{ heads: 1, windowSize: 3, shift: 2 }, 3, 6],
    [{ heads: 2, windowSize: 3, shift: 1 }, 3, 3],
  ])('%j on %i x %i agrees with the definition in float64 to 2e-6', (setup, height, width) => {
    const layer = shiftedWindowAttention(setup);
    const x = randomNormal([2, height, width, 3 * 4], 0, 1, 'float32', 5) as Tensor4D;
    layer.apply(x);
    const table = randomNormal([(2 * setup.windowSize - 1) ** 2, setup.heads], 0, 1, 'float32', 6);
    layer.setWeights([table]);
    const y = layer.apply(x) as Tensor4D;
    expect(y.shape).toEqual(layer.computeOutputShape(x.shape));
    const expected = attend(x.arraySync(), table.arraySync() as number[][], setup).flat(3);
    y.dataSync().forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6));
    const before = memory().numTensors;
    (layer.apply(x) as Tensor).dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('has the gradients of its input and, where the backend sums over segments, of its table, by differences', () => {
    const layer = shiftedWindowAttention({ heads: 2, windowSize: 2, shift: 1, seed: 1 });
    const x = variable(randomNormal([2, 4, 4, 12], 0, 1, 'float32', 7));
    layer.apply(x);
    const table = layer.weights[0]!.read() as never;
    const variables: [string, never][] = backend === 'wasm' ? [] : [['table', table]];
    expectGradients(() => layer.apply(x) as Tensor, new Map([['x', x as never], ...variables]));
    x.dispose();
  });
});

it('is saved with its windows', () => {
  const layer = shiftedWindowAttention({ heads: 2, windowSize: 7, shift: 3, name: 'attn' });
  expect(new ShiftedWindowAttention(layer.getConfig() as never).getConfig()).toEqual(layer.getConfig());
});

it('refuses what windows and heads do not divide', () => {
  const layer = shiftedWindowAttention({ heads: 2, windowSize: 7, name: 'attn' });
  for (const shape of [
    [null, 8, 7, 12],
    [null, 7, 7, 10],
    [null, null, 7, 12],
  ])
    expect(() => layer.build(shape)).toThrow(
      'shiftedWindowAttention: "attn" must get [batch, height, width, 3 channels] with sides that windows of 7 divide',
    );
});
