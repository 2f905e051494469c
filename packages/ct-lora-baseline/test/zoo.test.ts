// A network of each family against PyTorch, with hash weights; zoo.long.ts has the others. The counts are here
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
    'rb_preactresnet18',
    'wrn_10_1',
    'dm_wrn_10_1_relu',
    'mobilenet_v2 of 7 classes',
    'mobilenet_v3_small',
    'efficientnet_lite0',
    'swin_t of 3 classes',
    'convnext_tiny of 5 classes',
  ])('%s', (name) => {
    expectGolden(networks.get(name)!, { bound: 5e-6 });
  });
});
