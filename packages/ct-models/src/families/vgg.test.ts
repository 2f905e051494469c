import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import { NamedLayers } from '../building/namedLayers.js';
import { hashInput, hashWeights } from '../hashWeights.js';
import { loadTorchWeights } from '../weights/loadTorchWeights.js';
import { torchEntries } from '../weights/torchEntries.js';
import type { VggName } from './vgg.js';
import { vgg, vggFeatures } from './vgg.js';

interface Golden {
  name: VggName;
  input_shape_nchw: [number, number, number, number];
  entries: [name: string, shape: number[]][];
  largest: number;
  conv_output: { shape: [number, number, number, number]; data: number[] };
  pooled: { shape: number[]; data: number[] };
}

const goldens = (
  JSON.parse(readFileSync(new URL('../../test/golden/vgg.json', import.meta.url), 'utf8')) as { models: Golden[] }
).models;

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

/** The convolutions of a VGG as a network of their own, before the pool and behind it. */
function convolutions(name: VggName, [, channels, height, width]: Golden['input_shape_nchw']) {
  const image = input({ shape: [height, width, channels] });
  const pooled = vggFeatures(name, new NamedLayers({ initialWeights: 'zeros' }), image);
  const pool = pooled.sourceLayer;
  return model({ inputs: image, outputs: [pool.input as SymbolicTensor, pooled], name });
}

describe('convolutions with hash weights agree with PyTorch in float64 to 5e-6 of the largest output', () => {
  it.each(goldens)('$name', ({ name, input_shape_nchw, entries, largest, conv_output, pooled }) => {
    const net = convolutions(name, input_shape_nchw);
    const weights = hashWeights(net, { names: entries.map(([entry]) => entry) });
    expect([...weights].map(([entry, { shape }]) => [entry, shape])).toEqual(entries);
    loadTorchWeights(net, weights);
    const x = hashInput(input_shape_nchw);
    const [features, means] = net.predict(x) as Tensor[];
    const [batch, , height, width] = conv_output.shape;
    expect([features!.shape, means!.shape]).toEqual([
      [batch, height, width, 512],
      [batch, 7, 7, 512],
    ]);
    const values = features!.dataSync();
    // PyTorch has [batch, 32 channels, height, width].
    const error = conv_output.data.map((exact, i) => {
      const [image, channel] = [Math.floor(i / (32 * height * width)), Math.floor(i / (height * width)) % 32];
      return Math.abs(exact - values[(image * height * width + (i % (height * width))) * 512 + channel]!);
    });
    expect(Math.max(...error) / largest).toBeLessThan(5e-6);
    const mean = means!.dataSync();
    expect(Math.max(...pooled.data.map((exact, i) => Math.abs(exact - mean[i * 512]!))) / largest).toBeLessThan(5e-6);
    [x, features!, means!].forEach((tensor) => tensor.dispose());
    net.dispose();
  });
});

it('has a linear layer behind a Flatten, whose inputs PyTorch has channels first', () => {
  const image = input({ shape: [2, 3, 4] });
  const net = new NamedLayers({ initialWeights: 'zeros' });
  const flat = layers.flatten().apply(image) as SymbolicTensor;
  const head = model({ inputs: image, outputs: net.dense(flat, 'classifier.0', { units: 5 }) });
  const weight = torchEntries(head).entries.find(({ name }) => name === 'classifier.0.weight');
  expect(weight).toMatchObject({ shape: [5, 24], view: [5, 4, 2, 3] });
  head.dispose();
});

// Parameters of torchvision's networks: 132 863 336 and 143 678 248 with 1000 classes, of which the head has most.
it.each<[VggName, number, number]>([
  ['vgg11', 9_220_480, 8],
  ['vgg13_bn', 9_410_880, 10],
  ['vgg16', 14_714_688, 13],
  ['vgg19_bn', 20_035_392, 16],
])('the convolutions of %s have %i parameters and %i ReLUs', (name, parameters, sites) =>
  withModel(
    () => convolutions(name, [1, 3, 32, 32]),
    (net) => expect([parametersOf(net), namesOf(net, 'ReLU').length]).toEqual([parameters, sites]),
  ),
);

it('takes no image that five pools would leave nothing of', () => {
  expect(() => vgg('vgg11', { inputShape: [64, 31, 3] })).toThrow(
    new RangeError('vgg: height and width of inputShape must be at least 32, got 31; resize the images'),
  );
});

it('survives saving', () =>
  withModel(
    () => {
      const image = input({ shape: [40, 32, 3] });
      const x = vggFeatures('vgg11_bn', new NamedLayers({ seed: 1 }), image);
      return model({ inputs: image, outputs: x });
    },
    (net) => expectSurvivesSaving(net),
  ));
