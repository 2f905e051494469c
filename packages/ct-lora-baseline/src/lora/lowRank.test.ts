import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { LoraDense } from './loraDense.js';
import { LowRank } from './lowRank.js';

beforeAll(() => tf.setBackend('cpu'));

/** W = [[1, 2], [3, 4]], A = [1, -1]ᵀ, B = [10, 20]; alpha / r = 0.5. */
function layer(): LoraDense {
  const dense = new LoraDense({ units: 2, loraRank: 1, loraAlpha: 0.5, inputShape: [2] } as never);
  dense.apply(tf.input({ shape: [2] }));
  const { a, b } = dense.lora.variables;
  const kernel = dense.weights.find(({ shape }) => shape.join() === '2,2')!;
  kernel.write(
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
  );
  a.write(tf.tensor2d([[1], [-1]]));
  b.write(tf.tensor2d([[10, 20]]));
  return dense;
}
const changed = [1 + 5, 2 + 10, 3 - 5, 4 - 10];
const numbers = (t: tf.Tensor): number[] => [...t.dataSync()];

it('is W + (alpha / r)·A·B', () => {
  const { lora } = layer();
  expect(lora.scale).toBe(0.5);
  expect(numbers(lora.effectiveKernel())).toEqual(changed);
});

it('merges once, and gives back the kernel bit for bit', () => {
  const { lora } = layer();
  const before = numbers(lora.baseKernel('f', 'fc'));
  lora.merge();
  lora.merge();
  expect(lora.merged).toBe(true);
  expect(numbers(lora.effectiveKernel())).toEqual(changed);
  expect(numbers(lora.baseKernel('f', 'fc'))).toEqual(before);
  lora.unmerge('fc');
  expect(numbers(lora.baseKernel('f', 'fc'))).toEqual(before);
  expect(lora.merged).toBe(false);
});

it('trains its factors and nothing else', () => {
  const dense = layer();
  expect(dense.trainableWeights.map(({ shape }) => shape)).toEqual([
    [2, 1],
    [1, 2],
  ]);
});

it('says where a kernel was merged before it was saved', () => {
  const lora = new LowRank({ loraMerged: true });
  expect(() => lora.baseKernel('unmergeLora', 'fc')).toThrow(/unmergeLora: the kernel of "fc" was merged before/);
});

it('drops inputs in training alone, and not once it is merged', () => {
  const lora = new LowRank({ loraDropout: 0.5 });
  expect([lora.drops({ training: true }), lora.drops({}), lora.drops({ training: false })]).toEqual([
    true,
    false,
    false,
  ]);
  expect(new LowRank({ loraDropout: 0.5, loraMerged: true }).drops({ training: true })).toBe(false);
  expect(new LowRank({}).drops({ training: true })).toBe(false);
});

it('states what it was made with; alpha is the rank by default', () => {
  expect(new LowRank({ loraRank: 3 }).getConfig()).toEqual({
    loraRank: 3,
    loraAlpha: 3,
    loraDropout: 0,
    loraMerged: false,
  });
});
