// Convolutional networks of the zoo against PyTorch, with hash weights. The counts are here because this package knows
// the networks, Curvature Tuning and LoRA.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import { beforeAll, describe, it } from 'vitest';
import { expectGolden, goldenNetworks } from './zoo.js';

const networks = new Map([...goldenNetworks('models'), ...goldenNetworks('zoo')]);

beforeAll(async () => {
  await tf.setBackend('wasm');
  await tf.ready();
});

describe('on wasm logits agree with PyTorch in float64 to 5e-6 of the largest, plain and steered; counts equal', () => {
  it.each([
    'ref_resnet18',
    'ref_resnet50',
    'rb_resnet18',
    'rb_preactresnet18',
    'wrn_16_4',
    'wrn_28_10',
    'dm_wrn_16_2',
    'dm_wrn_10_1_relu',
    'dm_preact18',
    'mobilenet_v2',
    'mobilenet_v3_small',
    'mobilenet_v3_large',
    'efficientnet_b0',
    'efficientnet_b1',
    'efficientnet_lite0',
    'efficientnet_lite2',
  ])('%s', { timeout: 120_000 }, (name) => {
    // The reference's surgery sees modules, and the ReLU after a sum is none.
    const selections = { 'paper_modules_only_b0.9': { exclude: /_x\.\d+\.relu$/ } };
    expectGolden(networks.get(name)!, { bound: 5e-6, selections });
  });
});
