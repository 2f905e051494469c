/**
 * Curvature in Swin transformers and ConvNeXt against PyTorch: logits of networks with hash weights at the starts of
 * GELU and at betas of ReLU, and how many parameters T-CT has, from ct-models' test/golden/models.json.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import { createModel, loadTorchWeights } from '@curvature-tuning/models';
import { hashInput, hashWeights } from '@curvature-tuning/models/hash-weights';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceActivations } from '../src/index.js';

interface Golden {
  name: string;
  input_shape_nchw: [number, number, number, number];
  gain: number;
  entries: [name: string, shape: number[]][];
  sites: { count: number; channels: number[] };
  t_ct_parameters: number;
  t_ct_parameters_reference_axis1?: number;
  betas: Record<string, [beta: number, coeff: number]>;
  logits: Record<string, number[]>;
}

const goldens = (
  JSON.parse(readFileSync(new URL('../../ct-models/test/golden/models.json', import.meta.url), 'utf8')) as {
    models: Golden[];
  }
).models;
const goldenOf = (name: string): Golden => goldens.find((one) => one.name === name)!;
const kinds = ['relu', 'gelu'] as const;

function empty(name: string): tf.LayersModel {
  const [, channels, height, width] = goldenOf(name).input_shape_nchw;
  const activation = name.endsWith('_relu') ? { activation: 'relu' as const } : {};
  return createModel(name.replace(/_(64|relu)$/, ''), {
    classes: 10,
    inputShape: [height, width, channels],
    initialWeights: 'zeros',
    ...activation,
  });
}

/** The largest difference of logits from those of a golden case, as a part of the largest logit. */
function relativeError(model: tf.LayersModel, { input_shape_nchw: shape, logits }: Golden, at: string): number {
  const values = tf.tidy(() => (model.predict(hashInput(shape)) as tf.Tensor).dataSync());
  const expected = logits[at]!;
  return Math.max(...expected.map((v, i) => Math.abs(v - values[i]!))) / Math.max(...expected.map(Math.abs));
}

/** How many raw beta and c a network has with a pair for each channel. */
function curvatureParameters(model: tf.LayersModel, protocol: 'strict' | 'paper'): number {
  const { model: curved } = replaceActivations(model, { kinds, sharing: 'channel', protocol });
  const units = curved.layers.filter((layer) => layer.getClassName() === 'CTActivation');
  const numbers = units.reduce((sum, layer) => sum + layer.countParams(), 0);
  curved.dispose();
  return numbers;
}

beforeAll(async () => void (await tf.setBackend('wasm')));

describe.each(['swin_t', 'swin_t_relu', 'swin_t_64', 'convnext_tiny'])('%s', (name) => {
  const golden = goldenOf(name);

  it(
    'agrees with PyTorch in float64 to 5e-6 of the largest logit at every curvature, and starts as itself to 1e-5, ' +
      'with GELUs to 2e-2',
    () => {
      const model = empty(name);
      loadTorchWeights(model, hashWeights(model, { gain: golden.gain, names: golden.entries.map(([entry]) => entry) }));
      const steered = replaceActivations(model, { kinds });
      expect(steered.sites.map(({ channels }) => channels)).toEqual(golden.sites.channels);
      // The fit's 0.0145 at every GELU come to 1.4 hundredths of the largest logit behind twelve of them.
      expect(relativeError(steered.model, golden, 'plain')).toBeLessThan(name.endsWith('relu') ? 1e-5 : 2e-2);
      for (const [at, [beta, coeff]] of Object.entries(golden.betas)) {
        steered.setBeta(beta);
        steered.setCoeff(coeff);
        expect(relativeError(steered.model, golden, at), at).toBeLessThanOrEqual(5e-6);
      }
      steered.model.dispose();
      model.dispose();
    },
    60_000,
  );

  it('has as many T-CT parameters as PyTorch, per channel, and per row as the reference counts', () => {
    const model = empty(name);
    expect(curvatureParameters(model, 'strict')).toBe(golden.t_ct_parameters);
    if (golden.t_ct_parameters_reference_axis1 !== undefined)
      expect(curvatureParameters(model, 'paper')).toBe(golden.t_ct_parameters_reference_axis1);
    model.dispose();
  });
});

it('Swin-S has 72,192 T-CT parameters per channel, and 868 as the reference counts', () => {
  const model = createModel('swin_s', { classes: 10, initialWeights: 'zeros' });
  expect(curvatureParameters(model, 'strict')).toBe(72_192);
  expect(curvatureParameters(model, 'paper')).toBe(868);
  model.dispose();
});
