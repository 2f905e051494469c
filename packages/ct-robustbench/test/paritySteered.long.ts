// As parity.long.ts, on the network at beta 0.8.
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/wasm-gradients';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { comparesWithOriginal } from './againstOriginal.js';

describe('AutoAttack standard on wasm', () => {
  beforeAll(() => tf.setBackend('wasm'));

  comparesWithOriginal({ norm: 'Linf', eps: 0.05, beta: 0.8 });
});
