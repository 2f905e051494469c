/**
 * Swin transformers and ConvNeXt against PyTorch: test/golden/models.json has the logits of networks with hash weights.
 */
import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs-core';
import { io, ready, setBackend, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { hashInput, hashWeights } from '../src/hashWeights.js';
import type { CreateModelOptions } from '../src/index.js';
import { createModel, loadTorchWeights, toTorchWeights } from '../src/index.js';

interface Golden {
  name: string;
  input_shape_nchw: [number, number, number, number];
  gain: number;
  entries: [name: string, shape: number[]][];
  logits: { plain: number[] };
}

const { models } = JSON.parse(readFileSync(new URL('golden/models.json', import.meta.url), 'utf8')) as {
  models: Golden[];
};
const goldenOf = (name: string): Golden => models.find((one) => one.name === name)!;

/** A network of the golden file, with its weights. */
function filled(golden: Golden, name: string, options: CreateModelOptions = {}): LayersModel {
  const [, channels, height, width] = golden.input_shape_nchw;
  const model = createModel(name, {
    classes: 10,
    inputShape: [height, width, channels],
    initialWeights: 'zeros',
    ...options,
  });
  const weights = hashWeights(model, { gain: golden.gain, names: golden.entries.map(([entry]) => entry) });
  expect([...weights].map(([entry, { shape }]) => [entry, shape])).toEqual(golden.entries);
  loadTorchWeights(model, weights);
  return model;
}

/** The largest error of the logits, as a part of the largest logit. */
function relativeError(model: LayersModel, { input_shape_nchw: shape, logits: { plain } }: Golden): number {
  const values = tidy(() => (model.predict(hashInput(shape)) as Tensor).dataSync());
  expect(values).toHaveLength(plain.length);
  return Math.max(...plain.map((exact, i) => Math.abs(exact - values[i]!))) / Math.max(...plain.map(Math.abs));
}

describe('networks agree with PyTorch in float64 to 5e-6 of the largest logit, and have its entries', () => {
  it.each<[string, string, string, CreateModelOptions]>([
    ['wasm', 'swin_t', 'swin_t', {}],
    ['wasm', 'swin_t_relu', 'swin_t', { activation: 'relu' }],
    ['wasm', 'swin_t_64', 'swin_t', {}],
    ['wasm', 'convnext_tiny', 'convnext_tiny', {}],
    ['cpu', 'convnext_tiny', 'convnext_tiny', {}],
  ])(
    '%s: %s',
    async (backend, of, name, options) => {
      await setBackend(backend);
      await ready();
      const golden = goldenOf(of);
      const model = filled(golden, name, options);
      expect(relativeError(model, golden)).toBeLessThanOrEqual(5e-6);
      model.dispose();
    },
    60_000,
  );
});

it.each(['swin_t_64', 'convnext_tiny'])(
  '%s comes back from a saved model and from PyTorch entries as it was',
  async (of) => {
    await setBackend('wasm');
    await ready();
    const golden = goldenOf(of);
    const model = filled(golden, of.replace('_64', ''));
    let artifacts: io.ModelArtifacts | undefined;
    await model.save(
      io.withSaveHandler((given) => {
        artifacts = given;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
    const loaded = await loadLayersModel(io.fromMemory(artifacts!));
    expect(relativeError(loaded, golden)).toBeLessThanOrEqual(5e-6);
    const again = await toTorchWeights(loaded);
    const weights = hashWeights(model, { gain: golden.gain, names: golden.entries.map(([entry]) => entry) });
    for (const [entry, { shape, data }] of weights) {
      expect(again.get(entry)!.shape).toEqual(shape);
      // Not by toEqual, which is slow on millions.
      expect(Buffer.compare(Buffer.from(again.get(entry)!.data.buffer), Buffer.from(data.buffer)), entry).toBe(0);
    }
    for (const one of [model, loaded]) one.dispose();
  },
  60_000,
);
