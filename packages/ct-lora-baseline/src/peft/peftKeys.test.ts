import { describe, expect, it } from 'vitest';
import { readKeys } from './peftKeys.js';

const modules = new Set(['conv1', 'layer1.0.conv1', 'fc']);
const read = (...keys: string[]): ReturnType<typeof readKeys> => readKeys('f', keys, modules);

it('reads factors with and without an adapter, and weights that are saved whole', () => {
  const { keys, prefix } = read(
    'base_model.model.conv1.lora_A.weight',
    'base_model.model.conv1.lora_B.weight',
    'base_model.model.fc.modules_to_save.default.weight',
    'base_model.model.fc.bias',
  );
  expect(prefix).toBe('');
  expect(keys.map(({ module, part }) => [module, part])).toEqual([
    ['conv1', 'A'],
    ['conv1', 'B'],
    ['fc', { whole: 'weight' }],
    ['fc', { whole: 'bias' }],
  ]);
  expect(read('layer1.0.conv1.lora_A.default.weight').keys[0]).toMatchObject({ module: 'layer1.0.conv1', part: 'A' });
});

it('finds the shortest prefix behind which the modules are those of the model', () => {
  const { prefix } = read('base_model.model.resnet.conv1.lora_A.weight', 'base_model.model.resnet.fc.lora_A.weight');
  expect(prefix).toBe('resnet.');
  // "layer1.0.conv1" ends with a module of the model, but is one itself.
  expect(read('layer1.0.conv1.lora_A.weight').prefix).toBe('');
});

describe('refuses', () => {
  it('a file without factors, and says what keys are like', () => {
    expect(() => read('conv1.weight')).toThrow(
      'f: it has no lora_A.weight: expected keys such as "base_model.model.conv1.lora_A.weight", of the modules ' +
        'conv1, layer1.0.conv1, fc; got "conv1.weight"',
    );
    expect(() => read()).toThrow('got none');
  });

  it('two adapters in one file', () => {
    expect(() => read('conv1.lora_A.a.weight', 'conv1.lora_A.b.weight')).toThrow(
      'f: expected one adapter, got keys of "a" and "b"',
    );
  });

  it('keys of another model', () => {
    expect(() => read('attention.query.lora_A.weight')).toThrow('f: no key names a module of the model');
  });

  it('keys that fit behind two prefixes', () => {
    expect(() => read('a.conv1.lora_A.weight', 'b.conv1.lora_A.weight')).toThrow('behind "a." and "b."');
  });
});
