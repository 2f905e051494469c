import '@tensorflow/tfjs-backend-cpu';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { hashInput, hashWeights } from './hashWeights.js';
import { resnet, resnet8 } from './families/resnet.js';

describe('hashWeights', () => {
  it('names and orders entries as the state dict of PyTorch, num_batches_tracked left out', () => {
    const model = resnet8({ initialWeights: 'zeros' });
    const names = [...hashWeights(model).keys()];
    const norm = (name: string) => ['weight', 'bias', 'running_mean', 'running_var'].map((entry) => `${name}.${entry}`);
    const block = (name: string) => [
      `${name}.conv1.weight`,
      ...norm(`${name}.bn1`),
      `${name}.conv2.weight`,
      ...norm(`${name}.bn2`),
    ];
    const downsample = (name: string) => [`${name}.downsample.0.weight`, ...norm(`${name}.downsample.1`)];
    expect(names).toEqual([
      'conv1.weight',
      ...norm('bn1'),
      ...block('layer1.0'),
      ...block('layer2.0'),
      ...downsample('layer2.0'),
      ...block('layer3.0'),
      ...downsample('layer3.0'),
      'fc.weight',
      'fc.bias',
    ]);
    model.dispose();
  });

  it('puts the projection after conv3 and block 10 after block 9', () => {
    const model = resnet(
      { name: 'deep', block: 'bottleneck', blocks: [11], widths: [1], stem: 'small' },
      { initialWeights: 'zeros' },
    );
    const names = [...hashWeights(model).keys()];
    const at = (name: string) => names.indexOf(name);
    expect(at('layer1.0.downsample.0.weight')).toBe(at('layer1.0.bn3.running_var') + 1);
    expect(at('layer1.10.conv1.weight')).toBe(at('layer1.9.bn3.running_var') + 1);
    expect(at('fc.weight')).toBe(at('layer1.10.bn3.running_var') + 1);
    model.dispose();
  });

  it('follows the formula: the first values are those of Python, exactly in float32', () => {
    const model = resnet8({ initialWeights: 'zeros' });
    const weights = hashWeights(model);
    // fmix32(1) = 0x514e28b7; the stem has 3 * 3 * 3 inputs.
    const u = 0x514e28b7 / 2 ** 32;
    expect(weights.get('conv1.weight')?.data[0]).toBe(Math.fround((2 * u - 1) * Math.sqrt(3) * Math.sqrt(2 / 27)));
    model.dispose();
  });

  it('refuses a network whose order it cannot know', () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], name: 'head' })] });
    expect(() => hashWeights(model)).toThrow(
      new RangeError('hashWeights: expected the module names of torchvision\'s ResNet, got "head"; pass {names}'),
    );
    model.dispose();
  });

  it('takes the order from names and the bound from gain', () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2], name: 'head' })] });
    const [first, second] = [0x514e28b7, 0x30f4c306].map((hash) => hash / 2 ** 32) as [number, number];
    const weights = hashWeights(model, { names: ['head.bias', 'head.weight'], gain: 1 });
    expect(weights.get('head.bias')?.data).toEqual(Float32Array.of((first - 0.5) * 0.2));
    expect(weights.get('head.weight')?.data[0]).toBe(Math.fround((2 * second - 1) * Math.sqrt(3) * Math.sqrt(1 / 2)));
    for (const [names, message] of [
      [['head.bias'], 'got 1, "head.weight" on one side only'],
      [['head.bias', 'head.weight', 'tail.weight'], 'got 3, "tail.weight" on one side only'],
      [['head.bias', 'head.bias'], 'got 2, "head.weight" on one side only'],
    ] as const) {
      expect(() => hashWeights(model, { names })).toThrow(
        `hashWeights: options.names must be the 2 names of the model's entries, ${message}`,
      );
    }
    model.dispose();
  });
});

describe('hashInput', () => {
  it('counts in PyTorch order and gives [batch, height, width, channels]', () => {
    const narrow = hashInput([1, 1, 2, 6]);
    const wide = hashInput([1, 2, 2, 3]);
    expect(wide.shape).toEqual([1, 2, 3, 2]);
    const values = narrow.dataSync();
    const [c0, c1] = [values.slice(0, 6), values.slice(6)];
    expect([...wide.dataSync()]).toEqual([...c0].flatMap((value, i) => [value, c1[i]]));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1.5);
    narrow.dispose();
    wide.dispose();
  });
});
