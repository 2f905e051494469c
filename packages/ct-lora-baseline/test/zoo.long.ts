// The networks of the zoo that zoo.test.ts leaves out, against PyTorch, on wasm. VGG-11 has a head of 411 MB;
// ct-layers/test/vgg.long.ts has it on tensorflow, to 5e-6.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectGolden, goldenNetworks } from './zoo.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await tf.ready();
});

it('on wasm logits of vgg11 agree with PyTorch in float64 to 1e-5 of the largest, and counts equal', () => {
  // XNNPACK sums the 25,088 products of the first linear layer one after the other.
  expectGolden(goldenNetworks('models').get('vgg11')!, { bound: 1e-5 });
});

// With weights of this gain every layer multiplies what the one before is off by: PyTorch itself errs by up to 9e-6.
describe('on wasm logits agree with PyTorch in float64 to twice what PyTorch is off by in float32', () => {
  const networks = goldenNetworks('zoo');
  it.each(['efficientnet_b3', 'efficientnet_b4 of gain 2.1'])('%s', (name) => {
    const network = networks.get(name)!;
    expect(Math.max(...Object.values(network.float32_error!))).toBeGreaterThan(5e-6);
    expectGolden(network, { bound: 0 });
  });
});

describe('on wasm logits agree with PyTorch in float64 to 5e-6 of the largest, plain and steered; counts equal', () => {
  const networks = new Map([...goldenNetworks('models'), ...goldenNetworks('zoo')]);
  it.each([
    'ref_resnet18 of 100 classes',
    'ref_resnet50',
    'rb_resnet18',
    'rb_preactresnet18 with bnBeforeFc',
    'rb_preactresnet18 with outShortcut',
    'wrn_16_4',
    'wrn_22_2',
    'wrn_28_10',
    'wrn_40_2',
    'dm_wrn_16_2',
    'dm_wrn_16_2_relu',
    'dm_wrn_22_1',
    'dm_wrn_10_2 of 100 classes',
    'dm_preact18',
    'dm_preact18_relu',
    'mobilenet_v2',
    'mobilenet_v3_large',
    'efficientnet_b0',
    'efficientnet_b1',
    'efficientnet_lite1',
    'efficientnet_lite2',
    'resnet34',
    'resnet101',
    'resnet152',
    'ref_resnet34',
    'ref_resnet101',
    'rb_resnet34',
    'rb_resnet50',
    'rb_preactresnet34',
    'dm_preact34',
    'dm_wrn_28_4',
    'efficientnet_b2',
    'efficientnet_b4 of 3 classes',
    'efficientnet_b5',
    'efficientnet_lite3',
    'efficientnet_lite4',
    'swin_s',
    'swin_s_relu',
    'convnext_small',
  ])('%s', (name) => {
    expectGolden(networks.get(name)!, { bound: 5e-6 });
  });
});
