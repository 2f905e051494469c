import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import type { TorchEntry } from './torchEntries.js';
import { torchEntries } from './torchEntries.js';

const { layers } = tf;

/** The shape that tfjs stores: the view's axes in its order, adjacent ones joined as the variable has them. */
function storedSize({ view, order }: TorchEntry): number[] {
  return order.map((axis) => view[axis]!);
}

describe('torchEntries', () => {
  it('names and lays out the weights of a network as PyTorch does', () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ name: 'conv1', inputShape: [6, 5, 3], filters: 4, kernelSize: [2, 1] }),
        layers.batchNormalization({ name: 'bn1' }),
        layers.depthwiseConv2d({ name: 'dw', kernelSize: 2, depthMultiplier: 3, useBias: false }),
        layers.flatten(),
        layers.dense({ name: 'fc', units: 7 }),
      ],
    });
    const { entries, unmapped } = torchEntries(model);
    expect(unmapped).toEqual([]);
    expect(Object.fromEntries(entries.map(({ name, shape }) => [name, shape]))).toEqual({
      'conv1.weight': [4, 3, 2, 1],
      'conv1.bias': [4],
      'bn1.weight': [4],
      'bn1.bias': [4],
      'bn1.running_mean': [4],
      'bn1.running_var': [4],
      'dw.weight': [12, 1, 2, 2],
      'fc.weight': [7, 4 * 4 * 12],
      'fc.bias': [7],
    });
    // What is seen has the values of both sides, in an order that is a permutation.
    for (const entry of entries) {
      const product = (sizes: readonly (number | null)[]): number => sizes.reduce<number>((a, b) => a * b!, 1);
      expect(product(entry.view)).toBe(product(entry.shape));
      expect(product(entry.variable.shape)).toBe(product(entry.shape));
      expect([...entry.order].sort()).toEqual(entry.view.map((_, axis) => axis));
    }
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    expect(storedSize(byName.get('conv1.weight')!)).toEqual([2, 1, 3, 4]);
    expect(storedSize(byName.get('dw.weight')!)).toEqual([2, 2, 4, 3]);
    // Behind the Flatten: height, width, channels and outputs here; outputs and channels first there.
    expect(byName.get('fc.weight')!.view).toEqual([7, 12, 4, 4]);
    expect(storedSize(byName.get('fc.weight')!)).toEqual([4, 4, 12, 7]);
  });

  it('goes into networks that are layers, and lists what two share once', () => {
    const shared = layers.dense({ name: 'fc', units: 2 });
    const inner = tf.sequential({ name: 'body', layers: [layers.dense({ name: 'fc', units: 2, inputShape: [2] })] });
    const input = tf.input({ shape: [2] });
    const twice = shared.apply(shared.apply(inner.apply(input))) as tf.SymbolicTensor;
    const { entries } = torchEntries(tf.model({ inputs: input, outputs: twice }));
    expect(entries.map(({ network, own, name }) => [network, own, name])).toEqual([
      [['body'], 'fc.weight', 'body.fc.weight'],
      [['body'], 'fc.bias', 'body.fc.bias'],
      [[], 'fc.weight', 'fc.weight'],
      [[], 'fc.bias', 'fc.bias'],
    ]);
  });

  it('takes what TimeDistributed wraps under the name inside, and says what has no counterpart', () => {
    const model = tf.sequential({
      layers: [
        layers.timeDistributed({ layer: layers.dense({ name: 'proj', units: 2 }), inputShape: [3, 4] }),
        layers.prelu({ name: 'act' }),
      ],
    });
    const { entries, unmapped } = torchEntries(model);
    expect(entries.map(({ shape }) => shape)).toEqual([[2, 4], [2]]);
    expect(unmapped).toEqual(['act.alpha']);
  });
});
