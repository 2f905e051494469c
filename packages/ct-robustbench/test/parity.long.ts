// 'standard' against the original's figures on the golden network. Two settings in two files; all of them, and more
// seeds: experiments/autoattackParity.mjs.
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { comparesWithOriginal } from './againstOriginal.js';

describe('AutoAttack standard on wasm', () => {
  beforeAll(() => tf.setBackend('wasm'));

  comparesWithOriginal({ norm: 'Linf', eps: 0.05, beta: 'relu' });
});
