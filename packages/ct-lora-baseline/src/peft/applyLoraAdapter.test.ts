/**
 * Adapters that others wrote: configurations and keys of every kind, on a Dense of ones without bias. For an input of
 * ones it gives 12 / 3 a unit without LoRA; with A and B all ones, A·B adds r·scale to each of its 4 · 3 weights.
 */
import * as tf from '@tensorflow/tfjs';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import { serializeSafetensors } from '@curvature-tuning/safetensors';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora, applyLoraAdapter, getLoraAdapter, loadLora, loraLayers } from '../index.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const filled = (...shape: number[]): SafeTensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});
const factors = (module = 'layer1', prefix = 'base_model.model.', infix = ''): Record<string, SafeTensor> => ({
  [`${prefix}${module}.lora_A.${infix}weight`]: filled(2, 4),
  [`${prefix}${module}.lora_B.${infix}weight`]: filled(3, 2),
});

/** The output of `layer1` and `fc` for ones: 12 + 12 · 2 · alpha / 2. */
function outputOf(tensors: Record<string, SafeTensor>, config: Record<string, unknown> = {}, name = 'layer1'): number {
  const dense = (args: { name: string; units: number; inputShape?: number[] }): tf.layers.Layer =>
    tf.layers.dense({ useBias: false, kernelInitializer: 'ones', ...args });
  const model = tf.sequential({
    layers: [dense({ name, units: 3, inputShape: [4] }), dense({ name: 'fc', units: 1 })],
  });
  const before = tf.memory().numTensors;
  try {
    const adapter = loadLora(
      serializeSafetensors(Object.entries(tensors)),
      JSON.stringify({ peft_type: 'LORA', r: 2, lora_alpha: 2, target_modules: ['layer1'], ...config }),
    );
    const adapted = applyLoraAdapter(model, adapter).model;
    const [value] = tf.tidy(() => (adapted.predict(tf.ones([1, 4])) as tf.Tensor).dataSync());
    adapted.dispose();
    return value!;
  } finally {
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  }
}

describe('keys', () => {
  it.each([
    ['PEFT', factors()],
    ["the adapter's name inside", factors('layer1', 'base_model.model.', 'default.')],
    ['another adapter name', factors('layer1', 'base_model.model.', 'my-task.')],
    ['no prefix', factors('layer1', '')],
    ['unet.', factors('layer1', 'unet.')],
    ['transformer.', factors('layer1', 'transformer.')],
    ["PEFT's prefix and another", factors('layer1', 'base_model.model.model.encoder.')],
    ['a wrapper before all', factors('layer1', 'module.base_model.model.')],
    ['a wrapper inside', factors('layer1', 'base_model.model._orig_mod.')],
    ['modules saved whole under the same prefix', { ...factors('layer1', 'unet.'), 'unet.fc.weight': filled(1, 3) }],
    [
      "PEFT's wrapper of a module saved whole",
      { ...factors(), 'base_model.model.fc.modules_to_save.default.weight': filled(1, 3) },
    ],
  ])('are read with %s', (_, tensors) => {
    expect(outputOf(tensors)).toBe(36);
  });

  it.each([
    [
      'kohya',
      { 'lora_unet_layer1.lora_down.weight': filled(2, 4), 'lora_unet_layer1.lora_up.weight': filled(3, 2) },
      new RegExp(
        'it has no lora_A\\.weight: expected keys such as ' +
          '"base_model\\.model\\.layer1\\.lora_A\\.weight", of the modules layer1, fc; got ' +
          '"lora_unet_layer1\\.lora_down\\.weight"',
      ),
    ],
    [
      'old diffusers',
      { 'unet.layer1.lora.down.weight': filled(2, 4) },
      /it has no lora_A\.weight: .*got "unet\.layer1\.lora\.down\.weight"/,
    ],
    ['no tensors', {}, /it has no lora_A\.weight: .*got none/],
    [
      'another model',
      factors('block.7'),
      new RegExp(
        'no key names a module of the model: expected keys such as ' +
          '"base_model\\.model\\.layer1\\.lora_A\\.weight", .*; got ' +
          '"base_model\\.model\\.block\\.7\\.lora_A\\.weight"',
      ),
    ],
    [
      'two adapters',
      { ...factors(), ...factors('fc', 'base_model.model.', 'other.') },
      /expected one adapter, got keys of "other" and one without a name/,
    ],
    [
      'two networks',
      { ...factors('layer1', 'unet.'), ...factors('layer1', 'text_encoder.') },
      new RegExp(
        'the keys, such as "\\w+\\.layer1\\.lora_A\\.weight", fit the model behind ' +
          '"(unet|text_encoder)\\." and "(unet|text_encoder)\\."',
      ),
    ],
    [
      'one module of another network',
      { ...factors(), ...factors('up.layer1') },
      /unexpected: base_model\.model\.up\.layer1\.lora_A\.weight \(no such layer\)/,
    ],
    [
      'B alone',
      { ...factors(), 'base_model.model.fc.lora_B.weight': filled(1, 2) },
      /missing: base_model\.model\.fc\.lora_A\.weight/,
    ],
    [
      'A alone, with a name inside',
      { 'base_model.model.layer1.lora_A.default.weight': filled(2, 4) },
      /missing: base_model\.model\.layer1\.lora_B\.default\.weight/,
    ],
    [
      'a bias of B',
      { ...factors(), 'base_model.model.layer1.lora_B.bias': filled(3) },
      /unexpected: base_model\.model\.layer1\.lora_B\.bias \(no such layer\)/,
    ],
    [
      'a magnitude',
      { ...factors(), 'base_model.model.layer1.lora_magnitude_vector.weight': filled(3) },
      /unexpected: .*lora_magnitude_vector/,
    ],
  ])('are refused of %s', (_, tensors, message) => {
    expect(() => outputOf(tensors)).toThrow(message);
  });
});

describe('patterns', () => {
  it.each<[Record<string, unknown>, number]>([
    [{ alpha_pattern: { layer1: 4 } }, 60],
    [{ alpha_pattern: { 'layer[0-9]+': 4 } }, 60],
    [{ alpha_pattern: { '^layer1$': 4 } }, 60],
    [{ alpha_pattern: { 'layer|fc': 4 } }, 36],
    [{ alpha_pattern: { ayer1: 4 } }, 36],
    [{ alpha_pattern: { 'l.*': 4, layer1: 8 } }, 60],
    [{ alpha_pattern: null, rank_pattern: null }, 36],
    [{ r: 8, lora_alpha: 8, rank_pattern: { 'layer\\d': 2 } }, 108],
    [{ use_rslora: true }, 12 + 24 * Math.SQRT2],
    [{ target_modules: 'layer.' }, 36],
    [{ target_modules: 'all-linear' }, 36],
    [{ target_modules: null }, 36],
    [{ target_modules: ['fc', 'layer1'], exclude_modules: ['fc'] }, 36],
    [{ fan_in_fan_out: true }, 36],
  ])('%j', (config, expected) => {
    expect(outputOf(factors(), config)).toBeCloseTo(expected, 4);
  });

  it('mean the names in the file, prefix and all, or without it where that says the same', () => {
    const unet = factors('layer1', 'base_model.model.unet.');
    expect(outputOf(unet, { target_modules: 'unet.layer1', alpha_pattern: { layer1: 4 } })).toBe(60);
    expect(outputOf(unet, { target_modules: ['layer1'], alpha_pattern: { 'unet.layer1': 2, layer1: 2 } })).toBe(36);
    expect(() => outputOf(unet, { alpha_pattern: { 'unet.layer1': 4 } })).toThrow(
      'alpha_pattern gives "unet.layer1" 4 or 2, by whether its names begin with the prefix',
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [
      { target_modules: ['fc'] },
      'unexpected: base_model.model.layer1.lora_A.weight (by target_modules of its configuration, "layer1" ' +
        'has no LoRA)',
    ],
    [{ target_modules: 'layer' }, '(by target_modules of its configuration'],
    [{ exclude_modules: ['layer1'] }, '(by exclude_modules of its configuration'],
    [{ modules_to_save: ['layer1'] }, '(by modules_to_save of its configuration'],
    [{ modules_to_save: ['fc'] }, 'missing: base_model.model.fc.weight (of modules_to_save)'],
    [
      { r: 4 },
      'mis-shaped: base_model.model.layer1.lora_A.weight (its configuration gives "layer1" rank 4, it has 2 rows)',
    ],
    [{ rank_pattern: { layer1: 3 } }, 'rank 3, it has 2 rows'],
    [
      { alpha_pattern: { '(?x)layer1': 4 } },
      'applyLoraAdapter: alpha_pattern: the pattern "(?x)layer1" cannot be read',
    ],
  ])('%j is refused', (config, message) => {
    expect(() => outputOf(factors(), config)).toThrow(message);
  });

  it('tell modules apart whose names end alike, in what we write, too', async () => {
    const model = tf.sequential({
      layers: ['block.conv', 'conv'].map((name) => tf.layers.dense({ name, units: 4, inputShape: [4] })),
    });
    const wide = applyLora(model, { rank: 2, include: 'block.conv' }).model;
    const adapter = await getLoraAdapter(applyLora(wide, { rank: 1, include: 'conv' }).model);
    expect(adapter.config.rank_pattern).toEqual({ '^conv': 1 });
    const back = applyLoraAdapter(model, adapter).model;
    expect([...loraLayers(back)].map(([path, { lora }]) => `${path} ${lora.rank} ${lora.scale}`)).toEqual([
      'block.conv 2 1',
      'conv 1 1',
    ]);
  });
});

describe('fields', () => {
  it.each<[string, unknown]>([
    ...['pissa', 'pissa_niter_4', 'olora', 'corda', 'loftq', 'lora_ga', 'something'].map((value): [string, unknown] => [
      'init_lora_weights',
      value,
    ]),
    ['init_lora_weights', 1],
    ['peft_type', 'ADALORA'],
    ['r', 0],
    ['r', 1.5],
    ['r', '8'],
    ['lora_alpha', null],
    ['lora_alpha', '16'],
    ['lora_dropout', 2],
    ['bias', 'all'],
    ['bias', 'lora_only'],
    ['use_dora', true],
    ['lora_bias', true],
    ['use_qalora', true],
    ['ensure_weight_tying', true],
    ['use_rslora', 'yes'],
    ['rank_pattern', { a: 0 }],
    ['rank_pattern', ['a']],
    ['alpha_pattern', { a: '1' }],
    ['alpha_pattern', 3],
    ['target_modules', 3],
    ['target_modules', [1]],
    ['exclude_modules', {}],
    ['layers_to_transform', -1],
    ['layers_to_transform', ['a']],
    ['layers_pattern', 1],
    ['modules_to_save', 'fc'],
    ['alora_invocation_tokens', [1]],
    ['arrow_config', { top_k: 1 }],
    ['enable_lora', [true]],
    ['kasa_config', { a: 1 }],
    ['layer_replication', [[0, 1]]],
    ['megatron_config', { a: 1 }],
    ['monteclora_config', { num_samples: 8 }],
    ['target_parameters', ['fc.weight']],
    ['trainable_token_indices', [1]],
    ['use_bdlora', { nblocks: 2 }],
  ])('%s = %j is refused by name', (field, value) => {
    expect(() => outputOf(factors(), { [field]: value })).toThrow(new RegExp(`^loadLora: ${field}\\b`));
  });

  it.each<[string, unknown]>([
    ...[true, false, null, 'gaussian', 'eva', 'orthogonal', 'mica'].map((value): [string, unknown] => [
      'init_lora_weights',
      value,
    ]),
    ['eva_config', { rho: 2 }],
    ['corda_config', null],
    ['loftq_config', {}],
    ['lora_ga_config', null],
    ['velora_config', { scale: 1 }],
    ['runtime_config', { ephemeral_gpu_offload: false }],
    ['megatron_core', 'megatron.core'],
    ['qalora_group_size', 16],
    ['auto_mapping', { base_model_class: 'Net' }],
    ['revision', 'main'],
    ['peft_version', '0.19.0'],
    ['task_type', 'SEQ_CLS'],
    ['inference_mode', true],
    ['merge_weights', false],
    ['a_field_of_tomorrow', null],
    ['another', false],
    ['a_third', {}],
  ])('%s = %j changes nothing', (field, value) => {
    expect(outputOf(factors(), { [field]: value })).toBe(36);
  });

  // `LoraConfig().to_dict()` of PEFT 0.20.1.dev0 (src/peft at 5d602fdbf), and runtime_config, which older ones wrote.
  const defaults = {
    ...{
      task_type: null,
      peft_type: 'LORA',
      auto_mapping: null,
      peft_version: '0.20.1.dev0',
      base_model_name_or_path: null,
      revision: null,
      inference_mode: false,
    },
    ...{
      r: 8,
      target_modules: null,
      exclude_modules: null,
      lora_alpha: 8,
      lora_dropout: 0,
      fan_in_fan_out: false,
      bias: 'none',
      use_rslora: false,
      modules_to_save: null,
    },
    ...{
      init_lora_weights: true,
      layers_to_transform: null,
      layers_pattern: null,
      rank_pattern: {},
      alpha_pattern: {},
      megatron_config: null,
      megatron_core: 'megatron.core',
    },
    ...{
      trainable_token_indices: null,
      loftq_config: {},
      eva_config: null,
      corda_config: null,
      lora_ga_config: null,
      use_dora: false,
      velora_config: null,
    },
    ...{
      alora_invocation_tokens: null,
      use_qalora: false,
      qalora_group_size: 16,
      monteclora_config: null,
      layer_replication: null,
      runtime_config: { ephemeral_gpu_offload: false },
    },
    ...{
      lora_bias: false,
      target_parameters: null,
      use_bdlora: null,
      arrow_config: null,
      kasa_config: null,
      ensure_weight_tying: false,
    },
  };

  it("of PEFT's own configuration at its defaults change nothing", () => {
    expect(outputOf(factors(), { ...defaults, r: 2, lora_alpha: 2 })).toBe(36);
  });

  it.each(Object.keys(defaults))(
    '%s is known: with a value that makes no sense it is refused by name, or changes nothing',
    (field) => {
      const refusal = (() => {
        try {
          return outputOf(factors(), { [field]: { no: 'sense' } });
        } catch (error) {
          return (error as Error).message;
        }
      })();
      if (refusal !== 36) expect(refusal).toMatch(new RegExp(`^loadLora: ${field}\\b.* must `));
    },
  );

  it('of which nothing is known, and that go together, are refused', () => {
    expect(() => outputOf(factors(), { use_tomorrow: true })).toThrow(
      'loadLora: the configuration has the unknown field "use_tomorrow" = true',
    );
    expect(() => outputOf(factors(), { target_modules: 'layer1', layers_to_transform: [0] })).toThrow(
      'loadLora: layers_to_transform and layers_pattern go with a list of target_modules, got "layer1"',
    );
    expect(() => outputOf(factors(), { layers_pattern: 'layers' })).toThrow(
      'loadLora: layers_pattern goes with layers_to_transform',
    );
  });

  it.each(['', 'null', '[]', '3', '{"peft_type":"LORA"', '{"__proto__":{}}'])(
    'are refused where the file is %j',
    (json) => {
      expect(() => loadLora(serializeSafetensors(Object.entries(factors())), json)).toThrow(
        /^loadLora: the configuration must be/,
      );
    },
  );
});

it('a tensor that holds no floats, or of an unknown dtype, is refused by name', () => {
  const json = '{"peft_type":"LORA","r":2,"lora_alpha":2}';
  expect(() =>
    loadLora(serializeSafetensors([['a.lora_A.weight', { dtype: 'I8', shape: [1], data: Int8Array.of(1) }]]), json),
  ).toThrow('loadLora: "a.lora_A.weight" must hold floats, got I8');
  const text = new TextDecoder('latin1')
    .decode(serializeSafetensors([['a.lora_A.weight', { dtype: 'F8_E4M3', shape: [1], data: Uint8Array.of(1) }]]))
    .replace('F8_E4M3', 'NF4_X_X');
  expect(() =>
    loadLora(
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
      json,
    ),
  ).toThrow('loadLora: "a.lora_A.weight" cannot be read: its dtype "NF4_X_X" is unknown');
});
