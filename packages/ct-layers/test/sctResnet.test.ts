import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { loadTorchWeights, resnet18, resnet8 } from '@curvature-tuning/models';
import { hashInput, hashWeights } from '@curvature-tuning/models/hash-weights';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replaceActivations } from '../src/index.js';

interface Flat {
  shape: number[];
  data: number[];
}
const golden = JSON.parse(readFileSync(new URL('./golden/sct_resnet.json', import.meta.url), 'utf8')) as {
  models: {
    name: string;
    input_shape_nchw: [number, number, number, number];
    logits: Record<string, Flat>;
    'features_beta0.9': Flat;
  }[];
};
const networks: Record<string, () => tf.LayersModel> = {
  resnet8: () => resnet8({ classes: 10, inputShape: [16, 16, 3] }),
  resnet18: () => resnet18({ classes: 10, inputShape: [64, 64, 3] }),
};

describe.each(['cpu', 'wasm'])('steered ResNets on %s', (backend) => {
  for (const { name, input_shape_nchw, logits, ...rest } of golden.models) {
    it(`${name}: logits as ReLU network and at eight betas, to 5e-6 of the largest of PyTorch in float64`, async () => {
      await tf.setBackend(backend);
      const original = networks[name]!();
      loadTorchWeights(original, hashWeights(original));
      const { model, sites, setBeta } = replaceActivations(original);
      const input = hashInput(input_shape_nchw);
      const difference = (m: tf.LayersModel, exact: Flat): number => {
        const y = m.predict(input) as tf.Tensor;
        expect(y.shape).toEqual(exact.shape);
        const got = y.dataSync();
        y.dispose();
        return Math.max(...exact.data.map((e, i) => Math.abs(e - got[i]!))) / Math.max(...exact.data.map(Math.abs));
      };
      expect(difference(original, logits['relu']!)).toBeLessThan(5e-6);
      const betas = Object.keys(logits).filter((key) => Number.isFinite(Number(key)));
      expect(betas.length).toBe(8);
      for (const beta of betas) {
        setBeta(Number(beta));
        expect(difference(model, logits[beta]!), `beta = ${beta}`).toBeLessThan(5e-6);
      }
      // A BasicBlock's one ReLU is called at two places: a layer for the stem and one a block.
      const blocks = name === 'resnet8' ? 3 : 8;
      expect(sites.map(({ calls }) => calls)).toEqual([1, ...Array.from({ length: blocks }, () => 2)]);

      setBeta(0.9);
      const features = tf.model({ inputs: model.inputs, outputs: model.getLayer('fc').input as tf.SymbolicTensor });
      expect(difference(features, rest['features_beta0.9'])).toBeLessThan(5e-6);
      input.dispose();
      [original, model].forEach((m) => m.dispose());
    });
  }
});
