/**
 * Low-rank changes and curvature trained in Swin transformers and ConvNeXt; how many numbers PyTorch counts is in
 * ct-models' test/golden/models.json.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import { applyAdapter, getAdapter, loadAdapter, replaceActivations, saveAdapter, tune } from '@curvature-tuning/layers';
import { createModel } from '@curvature-tuning/models';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora, applyLoraAdapter, getLoraAdapter, mergeLora, removeLora, tuneLora } from '../src/index.js';

interface Golden {
  name: string;
  head: string;
  lora_r1_parameters: number;
  t_ct_parameters: number;
}
const { models } = JSON.parse(
  readFileSync(new URL('../../ct-models/test/golden/models.json', import.meta.url), 'utf8'),
) as { models: Golden[] };
const goldenOf = (name: string): Golden => models.find((one) => one.name === name)!;

let examples: { images: tf.Tensor; labels: tf.Tensor1D };
const logits = (model: tf.LayersModel): Float32Array =>
  tf.tidy(() => (model.predict(examples.images) as tf.Tensor).dataSync<'float32'>());
const differ = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
const bytesOf = ({ buffer, byteOffset, byteLength }: tf.TypedArray): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
const paramsOf = (model: tf.LayersModel, className: string): number =>
  model.layers.filter((layer) => layer.getClassName() === className).reduce((sum, one) => sum + one.countParams(), 0);

beforeAll(async () => {
  await tf.setBackend('wasm');
  examples = { images: tf.randomUniform([2, 32, 32, 3], 0, 1, 'float32', 5), labels: tf.tensor1d([0, 1], 'int32') };
});

describe.each(['swin_t', 'convnext_tiny'])('%s', (name) => {
  const golden = goldenOf(name);
  let model: tf.LayersModel;
  beforeAll(
    () => void (model = createModel(name, { classes: 10, inputShape: [32, 32, 3], seed: 3, stochasticDepth: 0 })),
  );
  const small = (className: string): tf.layers.Layer[] =>
    model.layers.filter((layer) => layer.getClassName() === className);

  it('has as many numbers in changes of rank 1 as PyTorch counts, without the head', () => {
    const { model: changed, parameters, sites } = applyLora(model, { exclude: golden.head });
    expect(parameters).toBe(golden.lora_r1_parameters);
    expect(sites.length).toBe(small('Dense').length + small('Conv2D').length + small('DepthwiseConv2D').length - 1);
    expect(differ(logits(changed), logits(model))).toBe(0);
    changed.dispose();
  });

  it('trains changes on wasm, of attention projections and convolutions alike, and merges them to 1e-5', async () => {
    const tuned = await tuneLora(model, examples, examples, {
      protocol: 'paper',
      epochs: 1,
      batchSize: 2,
      schedule: () => 1,
      learningRate: { own: 1e-2, head: 1e-3 },
    });
    const changes = tuned.classifier.layers.filter((layer) => layer.getClassName().startsWith('Lora'));
    // From A = 0: every one of them got a gradient, those of qkv and proj too, which the reference leaves inert.
    for (const layer of changes) {
      const a = layer.weights.find((weight) => /lora_a/i.test(weight.name))!;
      expect(
        tf.tidy(() => tf.max(tf.abs(a.read())).dataSync()[0]!),
        layer.name,
      ).toBeGreaterThan(0);
    }
    const before = logits(tuned.classifier);
    const merged = removeLora(tuned.classifier, { merge: true });
    expect(merged.layers.some((layer) => layer.getClassName().startsWith('Lora'))).toBe(false);
    expect(differ(logits(merged), before)).toBeLessThan(1e-5);
    mergeLora(tuned.classifier);
    expect(differ(logits(tuned.classifier), before)).toBeLessThan(1e-5);
    merged.dispose();
    tuned.dispose();
  });

  it('takes a T-CT step on wasm, of normalisations too, and its adapter brings that to another copy', async () => {
    const before = model.getWeights().map((weight) => Buffer.from(bytesOf(weight.dataSync())));
    const { classifier, parameters, dispose } = await tune(model, examples, examples, {
      kinds: ['gelu'],
      alsoTrain: 'norm',
      epochs: 1,
      batchSize: 2,
      schedule: () => 1,
      protocol: 'paper',
      sharing: 'site',
    });
    const raw = classifier.layers
      .filter((layer) => layer.getClassName() === 'CTActivation')
      .map((layer) => layer.getWeights()[0]!.dataSync()[0]!);
    // From the authors' start by the rate, 0.1, or less where gradients lie below Adam's epsilon, as ConvNeXt's do.
    for (const beta of raw) {
      expect(Math.abs(beta - 0.5767)).toBeGreaterThan(1e-5);
      expect(Math.abs(beta - 0.5767)).toBeLessThan(0.1001);
    }
    expect(parameters.withoutHead).toBe(2 * small('Activation').length + paramsOf(model, 'LastAxisNormalization'));
    // Not by toEqual, which is slow on millions.
    model.getWeights().forEach((weight, i) => expect(Buffer.compare(bytesOf(weight.dataSync()), before[i]!)).toBe(0));
    const adapter = loadAdapter(saveAdapter(await getAdapter(classifier)));
    const { model: host } = replaceActivations(model, { kinds: ['gelu'], sharing: 'site' });
    await applyAdapter(host, adapter);
    expect(differ(logits(host), logits(classifier))).toBe(0);
    dispose();
  });
});

it('comes back from an adapter in the form of PEFT, by the names of torchvision, bit for bit', async () => {
  const model = createModel('swin_t', { classes: 10, inputShape: [32, 32, 3], seed: 3 });
  const { model: changed } = applyLora(model, { exclude: 'head', rank: 2, protocol: 'paper' });
  for (const layer of changed.layers)
    for (const weight of layer.weights)
      if (/lora/i.test(weight.name)) weight.write(tf.randomNormal(weight.shape as number[], 0, 0.1, 'float32', 7));
  const adapter = await getLoraAdapter(changed);
  expect(adapter.tensors.has('base_model.model.features.1.0.attn.qkv.lora_A.weight')).toBe(true);
  const { model: again } = applyLoraAdapter(model, adapter);
  expect(differ(logits(again), logits(changed))).toBe(0);
});

it('of attention projections alone can be changed', () => {
  const model = createModel('swin_t', { classes: 10, inputShape: [32, 32, 3], initialWeights: 'zeros' });
  const { sites, parameters } = applyLora(model, { include: /attn\.(qkv|proj)$/ });
  expect(sites).toHaveLength(24);
  // The reference counts these, and trains none of them.
  expect(parameters).toBe(26_496);
});
