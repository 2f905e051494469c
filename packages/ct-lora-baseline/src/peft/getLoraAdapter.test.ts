/**
 * Adapters both ways between PEFT's files and our models: test/golden/peft, by tools/golden/reference/peft_adapter.py.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import { accuracy } from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  applyLora,
  applyLoraAdapter,
  getLoraAdapter,
  loadLora,
  loraLayers,
  mergeLora,
  removeLora,
  saveLora,
  tuneLora,
  unmergeLora,
} from '../index.js';
import type { Flat } from '../../test/golden.js';
import { golden } from '../../test/golden.js';

const network = golden<{ base: Record<string, Flat>; x: Flat; plain: Flat; adapted: Flat }>('peft/network');
const bytes = new Uint8Array(
  readFileSync(new URL('../../test/golden/peft/adapter_model.safetensors', import.meta.url)),
);
const json = readFileSync(new URL('../../test/golden/peft/adapter_config.json', import.meta.url), 'utf8');
const tensor = (name: string): tf.Tensor => tf.tensor(network.base[name]!.data, network.base[name]!.shape);
const oihw = (name: string): tf.Tensor => tf.transpose(tensor(name), [2, 3, 1, 0]);
const flat = (t: tf.Tensor | tf.Tensor[]): number[] => [...(t as tf.Tensor).dataSync()];
const worst = (t: tf.Tensor, expected: Flat): number =>
  flat(t).reduce((most, v, i) => Math.max(most, Math.abs(v - expected.data[i]!)), 0);

/** The network of the script, nested as its modules are. */
function base(): tf.LayersModel {
  const features = tf.sequential({
    name: 'features',
    layers: [
      tf.layers.zeroPadding2d({ name: 'pad', padding: 1, inputShape: [8, 8, 3] }),
      tf.layers.conv2d({ name: 'conv', filters: 6, kernelSize: 3, strides: 2, useBias: false }),
      tf.layers.batchNormalization({ name: 'bn', epsilon: 1e-5 }),
    ],
  });
  const input = tf.input({ shape: [8, 8, 3] });
  const projected = tf.layers
    .conv2d({ name: 'proj', filters: 4, kernelSize: 1, activation: 'relu' })
    .apply(tf.layers.reLU().apply(features.apply(input)));
  const pooled = tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(projected);
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.dense({ name: 'fc', units: 5 }).apply(pooled) as tf.SymbolicTensor,
  });
  features.getLayer('conv').setWeights([oihw('features.conv.weight')]);
  features
    .getLayer('bn')
    .setWeights(['weight', 'bias', 'running_mean', 'running_var'].map((name) => tensor(`features.bn.${name}`)));
  model.getLayer('proj').setWeights([oihw('proj.weight'), tensor('proj.bias')]);
  model.getLayer('fc').setWeights([tf.transpose(tensor('fc.weight')), tensor('fc.bias')]);
  return model;
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  const x = (): tf.Tensor => tf.transpose(tf.tensor(network.x.data, network.x.shape), [0, 2, 3, 1]);

  it("PEFT's adapter gives PyTorch's outputs to 1e-5, and the base is as it was", () => {
    const model = base();
    expect(worst(model.predict(x()) as tf.Tensor, network.plain)).toBeLessThan(1e-5);
    const { model: adapted, sites } = applyLoraAdapter(model, loadLora(bytes, json));
    expect(sites.map(({ layer, parameters }) => `${layer} ${parameters}`)).toEqual([
      'features/conv 66',
      'proj 30',
      'fc 18',
    ]);
    expect(worst(adapted.predict(x()) as tf.Tensor, network.adapted)).toBeLessThan(1e-5);
    expect(worst(model.predict(x()) as tf.Tensor, network.plain)).toBeLessThan(1e-5);
    expect(worst(tf.tensor(network.adapted.data), network.plain)).toBeGreaterThan(0.1);
  });

  it("what we write of it is PEFT's file, byte for byte, and its configuration", async () => {
    const { model } = applyLoraAdapter(base(), loadLora(bytes, json));
    const files = saveLora(await getLoraAdapter(model));
    expect(Buffer.compare(files['adapter_model.safetensors'], bytes)).toBe(0);
    expect(JSON.parse(files['adapter_config.json'])).toEqual(JSON.parse(json));
  });

  it('a trained adapter survives save, load, merge and unmerge: outputs bit for bit, merged to 1e-4', async () => {
    const model = await loadPretrained('resnet14.mnist');
    const images = tf.randomUniform([16, 28, 28, 1], 0, 1, 'float32', 3);
    const examples = {
      images,
      labels: tf.tensor1d(
        Array.from({ length: 16 }, (_, i) => i % 4),
        'int32',
      ),
    };
    const original = flat(model.predict(images) as tf.Tensor);
    const { classifier, parameters, sites, dispose } = await tuneLora(model, examples, examples, {
      epochs: 2,
      batchSize: 8,
      learningRate: { own: 1e-2, head: 1e-2 },
    });
    expect(parameters).toEqual({ withoutHead: 4217, total: 4217 + 65 * 4 });
    expect(sites.length).toBe(15);
    const moved = [...loraLayers(classifier).values()].filter(({ lora }) => flat(tf.max(tf.abs(lora.b)))[0]! > 0);
    expect(moved.length).toBe(sites.length);
    const expected = flat(classifier.predict(images));
    expect(await accuracy(classifier, examples)).toBeGreaterThanOrEqual(0.25);

    const files = saveLora(await getLoraAdapter(classifier));
    expect(files['adapter_model.safetensors'].byteLength).toBeLessThan(40_000);
    // On a fresh copy of the network with a head of the same shape.
    const fresh = removeLora(classifier);
    fresh.getLayer(fresh.layers.at(-1)!.name).setWeights([tf.zeros([64, 4]), tf.zeros([4])]);
    const { model: loaded } = applyLoraAdapter(
      fresh,
      loadLora(files['adapter_model.safetensors'], files['adapter_config.json']),
    );
    expect(flat(loaded.predict(images))).toEqual(expected);
    mergeLora(loaded);
    const merged = flat(loaded.predict(images));
    expect(Math.max(...merged.map((v, i) => Math.abs(v - expected[i]!)))).toBeLessThan(1e-4);
    unmergeLora(loaded);
    expect(flat(loaded.predict(images))).toEqual(expected);
    expect(flat(model.predict(images) as tf.Tensor)).toEqual(original);
    dispose();
  });

  it("reads rank-stabilised scales, patterns of alpha and PyTorch's counters", () => {
    const { tensors } = parseSafetensors(bytes);
    const withCounter = serializeSafetensors([
      ...tensors,
      ['base_model.model.features.bn.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) }],
    ]);
    const config = { ...(JSON.parse(json) as object), use_rslora: true, alpha_pattern: { proj: 6 } };
    const { model } = applyLoraAdapter(base(), loadLora(withCounter, JSON.stringify(config)));
    expect([...loraLayers(model).values()].map(({ lora }) => lora.scale)).toEqual(
      [4 / Math.sqrt(2), 6 / Math.sqrt(3), 4 / Math.sqrt(2)].map((v): unknown => expect.closeTo(v, 12)),
    );
  });
});

it('says what does not fit', () => {
  const adapter = loadLora(bytes, json);
  const renamed = new Map([...adapter.tensors].map(([key, value]) => [key.replace('proj', 'projection'), value]));
  expect(() => applyLoraAdapter(base(), { ...adapter, tensors: renamed })).toThrow(
    'unexpected: base_model.model.projection.lora_A.weight (no such layer)',
  );
  const half = new Map([...adapter.tensors].filter(([key]) => key !== 'base_model.model.fc.lora_B.weight'));
  expect(() => applyLoraAdapter(base(), { ...adapter, tensors: half })).toThrow(
    'missing: base_model.model.fc.lora_B.weight',
  );
  const misshaped = new Map([
    ...adapter.tensors,
    ['base_model.model.fc.lora_B.weight', { shape: [6, 2], data: new Float32Array(12) }] as const,
  ]);
  expect(() => applyLoraAdapter(base(), { ...adapter, tensors: misshaped })).toThrow(
    'mis-shaped: base_model.model.fc.lora_B.weight ([6, 2], the layer takes [5, 2])',
  );
  expect(() => loadLora(bytes, '{"peft_type":"IA3"}')).toThrow('loadLora: peft_type must be "LORA", got "IA3"');
  expect(() => loadLora(bytes, json.replace('"use_dora": false', '"use_dora": true'))).toThrow(
    'loadLora: use_dora must be false, got true',
  );
  return expect(getLoraAdapter(applyLora(base()).model, { moduleOf: () => 'same' })).rejects.toThrow(
    'two layers are called "same.lora_A.weight"',
  );
});
