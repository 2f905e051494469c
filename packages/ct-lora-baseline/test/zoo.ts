/**
 * The networks of ct-models' golden files in tfjs: built by name, filled with hash weights, plain and steered.
 */
import { replaceActivations } from '@curvature-tuning/layers';
import type { ReplaceActivationsOptions } from '@curvature-tuning/layers';
import type { CreateModelOptions } from '@curvature-tuning/models';
import { createModel, loadTorchWeights } from '@curvature-tuning/models';
import { hashInput, hashWeights } from '@curvature-tuning/models/hash-weights';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { applyLora } from '../src/index.js';
import { readFileSync } from 'node:fs';

/** What the golden file says of a network. */
export interface GoldenNetwork {
  name: string;
  /** What tells it from others of the name; the name where there is none. */
  label?: string;
  /** Default 10. */
  classes?: number;
  /** What `createModel` is told beside. */
  options?: CreateModelOptions;
  input_shape_nchw: [number, number, number, number];
  gain: number;
  n_values_filled: number;
  head: string;
  sites: { kinds: string[]; channels: number[] };
  t_ct_parameters: number;
  lora_r1_parameters: number;
  entries: [name: string, shape: number[]][];
  /** Beta and c of each steered case. */
  betas: Record<string, [beta: number, coeff: number]>;
  /** Of `plain` and of each steered case. */
  logits: Record<string, number[]>;
  /** How far PyTorch is off in float32, as a part of the largest logit, where it is badly conditioned. */
  float32_error?: Record<string, number>;
  conv_output?: { shape: number[]; plain: number[]; pooled_shape: number[]; pooled: number[] };
}

/**
 * What surgery replaces in a steered case, where it is not everything: the reference's sees modules, and the ReLU after
 * a sum is none.
 */
const SELECTIONS: Readonly<Record<string, ReplaceActivationsOptions>> = {
  'paper_modules_only_b0.9': { exclude: /_x\.\d+\.relu$/ },
};
const KINDS = ['relu', 'relu6', 'silu', 'gelu'] as const;

/** The networks of a golden file of ct-models by label. */
export function goldenNetworks(file: string): Map<string, GoldenNetwork> {
  const text = readFileSync(new URL(`../../ct-models/test/golden/${file}.json`, import.meta.url), 'utf8');
  const { models } = JSON.parse(text) as { models: GoldenNetwork[] };
  return new Map(models.map((network) => [network.label ?? network.name, network]));
}

/** Builds a network for the golden input, with its hash weights. */
export function hashNetwork(network: GoldenNetwork, options: CreateModelOptions = {}): tf.LayersModel {
  const { name, input_shape_nchw, gain, entries, n_values_filled } = network;
  const [, channels, height, width] = input_shape_nchw;
  const model = createModel(name, {
    classes: network.classes ?? 10,
    inputShape: [height, width, channels],
    initialWeights: 'zeros',
    ...network.options,
    ...options,
  });
  // No layer's name begins with an underscore in tfjs; the loader finds it as a prefix.
  const prefix = entries.every(([entry]) => entry.startsWith('_')) ? '_' : '';
  const names = entries.map(([entry]) => entry.slice(prefix.length));
  const weights = hashWeights(model, { gain, names: names });
  expect([...weights].map(([entry, { shape }]) => [prefix + entry, shape])).toEqual(entries);
  expect([...weights.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(n_values_filled);
  loadTorchWeights(model, new Map([...weights].map(([entry, value]) => [prefix + entry, value])));
  return model;
}

/** The largest error of an output, as a part of the largest of what was expected. */
export function relativeError(model: tf.LayersModel, input: tf.Tensor, exact: readonly number[]): number {
  const y = model.predict(input) as tf.Tensor;
  const got = y.dataSync();
  y.dispose();
  expect(got).toHaveLength(exact.length);
  return Math.max(...exact.map((e, i) => Math.abs(e - got[i]!))) / Math.max(...exact.map(Math.abs));
}

/**
 * Expects logits within `bound` of the largest, or twice what PyTorch is off by in float32 where the golden says that,
 * plain and in every steered case, and the counts of sites, of T-CT's parameters and of LoRA's.
 */
export function expectGolden(network: GoldenNetwork, { bound }: { bound: number }): void {
  const { betas, logits, sites: expected, head } = network;
  const boundOf = (key: string): number => Math.max(bound, 2 * (network.float32_error?.[key] ?? 0));
  const original = hashNetwork(network);
  const input = hashInput(network.input_shape_nchw);
  expect(relativeError(original, input, logits['plain']!), 'plain').toBeLessThan(boundOf('plain'));
  for (const [key, [beta, coeff]] of Object.entries(betas)) {
    const { model } = replaceActivations(original, { kinds: KINDS, beta, coeff, ...SELECTIONS[key] });
    expect(relativeError(model, input, logits[key]!), key).toBeLessThan(boundOf(key));
    model.dispose();
  }
  const { model, sites } = replaceActivations(original, { kinds: KINDS, sharing: 'channel', trainable: true });
  expect(sites.map(({ kind }) => kind)).toEqual(expected.kinds);
  expect(sites.map(({ channels }) => channels)).toEqual(expected.channels);
  const units = model.layers.filter((layer) => layer.getClassName() === 'CTActivation');
  expect(
    units
      .flatMap((unit) => unit.trainableWeights)
      .reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0),
  ).toBe(network.t_ct_parameters);
  model.dispose();
  const lora = applyLora(original, { rank: 1, exclude: head.replace(/^_/, '') });
  expect(lora.parameters).toBe(network.lora_r1_parameters);
  lora.model.dispose();
  original.dispose();
  input.dispose();
}
