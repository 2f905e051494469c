// Networks of the zoo against PyTorch, with hash weights; zoo.long.ts has their larger siblings. The counts are here
// because this package knows the networks, Curvature Tuning and LoRA.
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
    'ref_resnet18 of 100 classes',
    'ref_resnet50',
    'rb_resnet18',
    'rb_preactresnet18',
    'rb_preactresnet18 with bnBeforeFc',
    'rb_preactresnet18 with outShortcut',
    'wrn_10_1',
    'wrn_16_4',
    'wrn_22_2',
    'wrn_28_10',
    'dm_wrn_16_2',
    'dm_wrn_16_2_relu',
    'dm_wrn_22_1',
    'dm_wrn_10_1_relu',
    'dm_wrn_10_2 of 100 classes',
    'dm_preact18',
    'dm_preact18_relu',
    'mobilenet_v2',
    'mobilenet_v2 of 7 classes',
    'mobilenet_v3_small',
    'mobilenet_v3_large',
    'efficientnet_b0',
    'efficientnet_b1',
    'efficientnet_lite0',
    'efficientnet_lite1',
    'efficientnet_lite2',
    'swin_t of 3 classes',
    'convnext_tiny of 5 classes',
  ])('%s', { timeout: 120_000 }, (name) => {
    // The reference's surgery sees modules, and the ReLU after a sum is none.
    const selections = { 'paper_modules_only_b0.9': { exclude: /_x\.\d+\.relu$/ } };
    expectGolden(networks.get(name)!, { bound: 5e-6, selections });
  });
});
