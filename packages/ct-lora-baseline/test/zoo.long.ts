// VGG-11 with its head of 411 MB against PyTorch, on wasm; ct-layers/test/vgg.long.ts has it on tensorflow, to 5e-6.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import { it } from 'vitest';
import { expectGolden, goldenNetworks } from './zoo.js';

it('on wasm logits of vgg11 agree with PyTorch in float64 to 1e-5 of the largest, and counts equal', async () => {
  await tf.setBackend('wasm');
  // XNNPACK sums the 25,088 products of the first linear layer one after the other.
  expectGolden(goldenNetworks('models').get('vgg11')!, { bound: 1e-5 });
});
