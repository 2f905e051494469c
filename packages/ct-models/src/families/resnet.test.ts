import type { Tensor } from '@tensorflow/tfjs-core';
import { mean, memory, ready, setBackend, squaredDifference, tidy, train, zeros } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { models } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashInput, hashWeights } from '../hashWeights.js';
import type { ResNetOptions } from './resnet.js';
import { resnet, resnet101, resnet14, resnet152, resnet18, resnet20, resnet34, resnet50, resnet8 } from './resnet.js';
import { loadTorchWeights } from '../weights/loadTorchWeights.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

/** Runs with a model and disposes of it. */
function withModel<T>(model: LayersModel, use: (model: LayersModel) => T): T {
  try {
    return use(model);
  } finally {
    model.dispose();
  }
}

const relus = (model: LayersModel) => model.layers.filter((layer) => layer.getClassName() === 'ReLU');
const trainable = (model: LayersModel) =>
  model.trainableWeights.reduce((sum, { shape }) => sum + shape.reduce<number>((a, b) => a * (b as number), 1), 0);

describe('the family', () => {
  // Counts of torchvision 0.14.1 (the large ones) and of the PyTorch networks behind the golden files (the small).
  it.each<[string, (options: ResNetOptions) => LayersModel, number, number, number, number]>([
    ['resnet18', resnet18, 11689512, 9, 17, 18],
    ['resnet34', resnet34, 21797672, 17, 33, 34],
    ['resnet50', resnet50, 25557032, 49, 49, 50],
    ['resnet101', resnet101, 44549160, 100, 100, 101],
    ['resnet152', resnet152, 60192808, 151, 151, 152],
    ['resnet8', resnet8, 78042, 4, 7, 8],
    ['resnet14', resnet14, 175258, 7, 13, 14],
    ['resnet20', resnet20, 272474, 10, 19, 20],
  ])(
    '%s has the parameters, ReLU layers and sites, and the depth of its PyTorch counterpart',
    (name, build, parameters, layers, sites, depth) => {
      withModel(build({ initialWeights: 'zeros' }), (model) => {
        expect(model.name).toBe(name);
        expect(trainable(model)).toBe(parameters);
        expect(relus(model)).toHaveLength(layers);
        expect(relus(model).reduce((sum, layer) => sum + layer.inboundNodes.length, 0)).toBe(sites);
        const weighted = model.layers.filter(
          (layer) => ['Conv2D', 'Dense'].includes(layer.getClassName()) && !layer.name.includes('downsample'),
        );
        expect(weighted).toHaveLength(depth);
      });
    },
  );

  it('gives resnet14 for one grey channel 174 970 trainable parameters', () => {
    withModel(resnet14({ inputShape: [28, 28, 1], initialWeights: 'zeros' }), (model) =>
      expect(trainable(model)).toBe(174970),
    );
  });
});

describe('a basic block', () => {
  it('has one ReLU layer at two places', () => {
    withModel(resnet8({ initialWeights: 'zeros' }), (model) => {
      const relu = model.getLayer('layer2.0.relu');
      const feeding = relu.inboundNodes.map((node) => node.inboundLayers.map((layer) => layer.name));
      expect(feeding).toEqual([['layer2.0.bn1'], ['layer2.0.add']]);
    });
  });

  it('bears the names of torchvision', () => {
    withModel(resnet18({ initialWeights: 'zeros' }), (model) => {
      const names = model.layers.map(({ name }) => name);
      const block = ['conv1', 'bn1', 'relu', 'conv2', 'bn2', 'downsample.0', 'downsample.1'].map(
        (name) => `layer2.0.${name}`,
      );
      expect(names).toEqual(expect.arrayContaining(['conv1', 'bn1', 'relu', 'maxpool', ...block, 'avgpool', 'fc']));
      expect(names.filter((name) => name.startsWith('layer1.') && name.includes('downsample'))).toEqual([]);
    });
  });
});

describe('a bottleneck', () => {
  it('strides in its 3x3 convolution and has three ReLU layers', () => {
    withModel(resnet50({ initialWeights: 'zeros' }), (model) => {
      const strides = ['conv1', 'conv2', 'conv3', 'downsample.0'].map(
        (name) => model.getLayer(`layer2.0.${name}`).getConfig()['strides'],
      );
      expect(strides).toEqual([
        [1, 1],
        [2, 2],
        [1, 1],
        [2, 2],
      ]);
      const widths = ['relu1', 'relu2', 'relu3'].map(
        (name) => (model.getLayer(`layer2.0.${name}`).outputShape as number[])[3],
      );
      expect(widths).toEqual([128, 128, 512]);
    });
  });
});

describe('options', () => {
  it('set classes, input and the stride of a small stem', () => {
    const heights = [1, 2].map((stemStride) =>
      withModel(
        resnet14({ inputShape: [28, 28, 1], classes: 7, stemStride: stemStride as 1 | 2, initialWeights: 'zeros' }),
        (model) => {
          expect(model.outputShape).toEqual([null, 7]);
          return (model.getLayer('relu').outputShape as number[])[1];
        },
      ),
    );
    expect(heights).toEqual([28, 14]);
  });

  it('leave height and width open where they are null', () => {
    withModel(resnet8({ inputShape: [null, null, 3] }), (model) => {
      for (const size of [16, 17, 24]) {
        const output = tidy(() => (model.predict(zeros([1, size, size, 3])) as Tensor).shape);
        expect(output).toEqual([1, 10]);
      }
    });
  });

  it('make random weights reproducible by a seed, and other layers and seeds different', () => {
    const kernels = (options: ResNetOptions) =>
      withModel(resnet8(options), (model) =>
        ['layer1.0.conv1', 'layer1.0.conv2'].map((name) => String(model.getLayer(name).getWeights()[0]?.dataSync())),
      );
    const zero = kernels({ seed: 0 });
    expect(kernels({ seed: 0 })).toEqual(zero);
    expect(kernels({ seed: 2 })).not.toEqual(zero);
    expect(zero[0]).not.toBe(zero[1]);
  });

  it('draw convolutions with variance 2 / fan-out to 3 %', () => {
    withModel(resnet8({ seed: 1 }), (model) => {
      const values = model.getLayer('layer3.0.conv2').getWeights()[0]?.dataSync() as Float32Array;
      const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
      expect(Math.abs(variance / (2 / (9 * 64)) - 1)).toBeLessThanOrEqual(0.03);
    });
  });

  it.each<[string, ResNetOptions]>([
    ['resnet8: classes must be a whole number in [1, 1000000], got 0', { classes: 0 }],
    [
      'resnet8: inputShape must be [height, width, channels] of whole numbers from 1, height and width null ' +
        'where they vary, got [32, 32, null]',
      { inputShape: [32, 32, null as unknown as number] },
    ],
    ['resnet8: stemStride must be a whole number in [1, 2], got 3', { stemStride: 3 as 1 }],
    ['resnet8: seed must be a whole number in [0, 4294967295], got -1', { seed: -1 }],
  ])('are refused: %s', (message, options) => {
    expect(() => resnet8(options)).toThrow(new RangeError(message));
  });
});

describe('a model', () => {
  it.each([
    ['resnet18', resnet18],
    ['resnet8', resnet8],
  ])('%s survives JSON, with equal logits', async (_, build) => {
    const model = build({ classes: 3, inputShape: [32, 32, 3], initialWeights: 'zeros' });
    const copy = await models.modelFromJSON(
      model.toJSON(null, false) as unknown as Parameters<typeof models.modelFromJSON>[0],
    );
    const weights = hashWeights(model);
    loadTorchWeights(model, weights);
    loadTorchWeights(copy, weights);
    const [a, b] = tidy(() =>
      [model, copy].map((one) => [...(one.predict(hashInput([2, 3, 32, 32])) as Tensor).dataSync()]),
    );
    expect(b).toEqual(a);
    expect(relus(copy).map((layer) => layer.inboundNodes.length)).toEqual(
      relus(model).map((layer) => layer.inboundNodes.length),
    );
    model.dispose();
    copy.dispose();
  });

  it('trains: four steps of SGD on cpu lower the loss', async () => {
    await setBackend('cpu');
    // Small, since the convolution gradients of the cpu backend are plain loops.
    const model = resnet(
      { name: 'tiny', block: 'bottleneck', blocks: [1], widths: [2], stem: 'imagenet' },
      { classes: 2, inputShape: [8, 8, 3], seed: 1 },
    );
    model.compile({
      optimizer: train.sgd(0.01),
      loss: (labels, logits) => tidy(() => mean(squaredDifference(labels, logits))),
    });
    const [x, y] = [hashInput([4, 3, 8, 8]), zeros([4, 2])];
    const { history } = await model.fit(x, y, { epochs: 4, verbose: 0 });
    const losses = history['loss'] as number[];
    expect(losses[3]).toBeLessThan(losses[0]!);
    x.dispose();
    y.dispose();
    model.dispose();
    await setBackend('wasm');
  });

  it('leaves no tensor behind once it is disposed of', () => {
    const before = memory().numTensors;
    for (const options of [{ initialWeights: 'zeros' as const }, { seed: 1 }]) {
      const model = resnet8(options);
      loadTorchWeights(model, hashWeights(model));
      expect(memory().numTensors).toBe(before + model.weights.length);
      model.dispose();
      expect(memory().numTensors).toBe(before);
    }
  });
});
