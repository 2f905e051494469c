import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, model } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { ResidualLayers } from './residualLayers.js';

beforeAll(() => setBackend('cpu'));

it('normalises by the epsilon that is told, and leaves a branch of rate 0 without a layer', () => {
  const image = input({ shape: [4] });
  const named = new ResidualLayers({ seed: 1 });
  const y = named.layerNorm(image, 'norm', { epsilon: 1e-6 });
  expect(named.stochasticDepth(y, 'depth', 0)).toBe(y);
  const net = model({ inputs: image, outputs: named.stochasticDepth(y, 'depth', 0.5) });
  expect(net.getLayer('norm').getConfig()['epsilon']).toBe(1e-6);
  expect(net.getLayer('depth').getConfig()).toMatchObject({ rate: 0.5, seed: 2 });
  net.dispose();
});
