/**
 * A saved model is loaded in an application's bundle that imports this package and takes nothing of it that makes
 * layers.
 */
import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import { io, randomNormal, serialization, setBackend } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadedInBundle } from '../../../tools/vitest/bundled.mjs';
import { applyLora } from '../src/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = [
  ['imports the package', 'package', "import '@curvature-tuning/lora-baseline';"],
  [
    'takes a function that makes no layer',
    'comparisonTable',
    "export { comparisonTable } from '@curvature-tuning/lora-baseline';",
  ],
] as const;

const tfjs = { io, loadLayersModel, serialization };

beforeAll(() => setBackend('cpu'));

describe.each(programs)('a bundle that %s', (_, name, program) => {
  it.each(['LoraConv2D', 'LoraDepthwiseConv2D', 'LoraDense'])(
    'loads a saved model with the layer %s',
    async (className) => {
      const plain = sequential({
        layers: [
          layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1] }),
          layers.depthwiseConv2d({ kernelSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 3 }),
        ],
      });
      const { model } = applyLora(plain, { rank: 2, protocol: 'paper' });
      expect(model.layers.map((layer) => layer.getClassName())).toContain(className);
      const x = randomNormal([2, 5, 5, 1], 0, 1, 'float32', 3);
      const loaded = await loadedInBundle(tfjs, model, className, { root, name: `${name}-${className}`, program });
      expect((loaded.predict(x) as Tensor).dataSync()).toEqual((model.predict(x) as Tensor).dataSync());
    },
  );
});
