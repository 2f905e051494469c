// The larger networks of the zoo against PyTorch, on wasm. VGG-11 has a head of 411 MB; ct-layers/test/vgg.long.ts has
// it on tensorflow, to 5e-6.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import { beforeAll, describe, it } from 'vitest';
import { expectGolden, goldenNetworks } from './zoo.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await tf.ready();
});

it('on wasm logits of vgg11 agree with PyTorch in float64 to 1e-5 of the largest, and counts equal', () => {
  // XNNPACK sums the 25,088 products of the first linear layer one after the other.
  expectGolden(goldenNetworks('models').get('vgg11')!, { bound: 1e-5 });
});

describe('on wasm logits agree with PyTorch in float64 to 5e-6 of the largest, plain and steered; counts equal', () => {
  const networks = goldenNetworks('zoo');
  it.each([
    'resnet101',
    'ref_resnet34',
    'ref_resnet101',
    'rb_resnet34',
    'rb_resnet50',
    'rb_preactresnet34',
    'dm_preact34',
    'efficientnet_b2',
    'efficientnet_b4 of 3 classes',
    'efficientnet_b5',
    'efficientnet_lite3',
    'efficientnet_lite4',
    'swin_s',
    'convnext_small',
  ])('%s', { timeout: 120_000 }, (name) => {
    expectGolden(networks.get(name)!, { bound: 5e-6 });
  });
});
