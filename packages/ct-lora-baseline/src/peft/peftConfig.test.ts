import { describe, expect, it } from 'vitest';
import { LowRank } from '../lora/lowRank.js';
import type { PeftConfig } from './peftConfig.js';
import { checkPeftConfig, peftConfig, rankAndAlpha } from './peftConfig.js';

const lora = (loraRank: number, loraAlpha = loraRank): LowRank => new LowRank({ loraRank, loraAlpha });
const plain = { peft_type: 'LORA', r: 4, lora_alpha: 8 };

describe('peftConfig', () => {
  it('states the first rank and alpha, and where others differ', () => {
    const config = peftConfig(
      new Map([
        ['a', lora(4, 8)],
        ['b', lora(2, 8)],
      ]),
      ['fc'],
    );
    expect(config).toMatchObject({
      r: 4,
      lora_alpha: 8,
      target_modules: ['a', 'b'],
      rank_pattern: { b: 2 },
      alpha_pattern: {},
      modules_to_save: ['fc'],
    });
  });

  it('writes patterns that match one name alone where a name ends another', () => {
    const config = peftConfig(
      new Map([
        ['x.conv', lora(4)],
        ['conv', lora(2)],
      ]),
      [],
    );
    expect(config.rank_pattern).toEqual({ '^conv': 2 });
    expect(config.modules_to_save).toBeNull();
    checkPeftConfig('f', config);
  });
});

it("reads rank and alpha of a module, by PEFT's patterns, and rank-stabilised scales", () => {
  const config = { ...plain, rank_pattern: { conv2: 9 }, alpha_pattern: {} } as unknown as PeftConfig;
  expect(rankAndAlpha('f', config, ['layer.conv1'])).toEqual({ rank: 4, alpha: 8 });
  expect(rankAndAlpha('f', config, ['layer.conv2'])).toEqual({ rank: 9, alpha: 8 });
  // alpha / sqrt(9) is 24 / 9.
  expect(rankAndAlpha('f', { ...config, use_rslora: true }, ['layer.conv2'])).toEqual({ rank: 9, alpha: 24 });
});

describe('checkPeftConfig', () => {
  it('takes what PEFT writes, fields of training too', () => {
    expect(() =>
      checkPeftConfig('f', { ...plain, bias: 'none', peft_version: '0.15', qalora_group_size: 16 }),
    ).not.toThrow();
    expect(() => checkPeftConfig('f', { ...plain, some_new_field: false })).not.toThrow();
  });

  it.each([
    ['another kind of adapter', { ...plain, peft_type: 'IA3' }, /"LORA"/],
    ['a rank of 0', { ...plain, r: 0 }, /r must be/],
    ['biases that were trained', { ...plain, bias: 'all' }, /"none"/],
    ['DoRA', { ...plain, use_dora: true }, /use_dora must be false/],
    ['PiSSA', { ...plain, init_lora_weights: 'pissa' }, /init_lora_weights/],
    ['a field that it does not know', { ...plain, some_new_field: 3 }, /unknown field "some_new_field" = 3/],
    [
      'layers of a pattern',
      { ...plain, target_modules: '.*', layers_to_transform: [1] },
      /go with a list of target_modules/,
    ],
    ['a pattern of layers without layers', { ...plain, layers_pattern: 'layers' }, /goes with layers_to_transform/],
  ])('refuses %s', (_, config, message) => {
    expect(() => checkPeftConfig('f', config)).toThrow(message);
  });
});
