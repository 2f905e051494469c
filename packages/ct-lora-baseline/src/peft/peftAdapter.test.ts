import { fits } from '@curvature-tuning/checks';
import { describe, expect, it } from 'vitest';
import type { LoraAdapter } from './peftAdapter.js';
import { checkAdapter, finiteFloats, namesOf, peftTensor } from './peftAdapter.js';

const config = { peft_type: 'LORA', r: 1, lora_alpha: 1, lora_dropout: 0 } as LoraAdapter['config'];
const tensor = { shape: [1, 2], data: Float32Array.of(1, 2) };

describe('peftTensor', () => {
  it('has as many finite numbers as its shape says', () => {
    expect(fits(peftTensor, tensor)).toBe(true);
    expect(fits(peftTensor, { shape: [], data: Float32Array.of(1) })).toBe(true);
    for (const other of [
      { ...tensor, shape: [3] },
      { ...tensor, shape: [-1, -2] },
      { ...tensor, data: [1, 2] },
      { ...tensor, data: Float32Array.of(1, NaN) },
      { shape: [2] },
    ])
      expect(fits(peftTensor, other)).toBe(false);
  });

  it('takes floats of other realms, and no other arrays', () => {
    expect(fits(finiteFloats, new Float32Array(0))).toBe(true);
    expect(fits(finiteFloats, new Float64Array(1))).toBe(false);
  });
});

it('checkAdapter names the tensor that is wrong', () => {
  const of = (entries: [string, unknown][]): LoraAdapter => ({
    config,
    tensors: new Map(entries) as LoraAdapter['tensors'],
  });
  expect(() => checkAdapter('test', of([['a', tensor]]))).not.toThrow();
  expect(() => checkAdapter('test', of([['', tensor]]))).toThrow('test: a key of adapter.tensors');
  expect(() => checkAdapter('test', of([['a.b', { ...tensor, shape: [7] }]]))).toThrow(
    'test: adapter.tensors["a.b"] must be an object {shape, data} with as many numbers as its shape says',
  );
});

it('namesOf makes dots of slashes unless told otherwise, and wants a text', () => {
  expect(namesOf('test', {})('outer/inner/fc')).toBe('outer.inner.fc');
  expect(namesOf('test', { moduleOf: (layer) => `model.${layer}` })('fc')).toBe('model.fc');
  expect(() => namesOf('test', { moduleOf: () => '' })('fc')).toThrow('test: moduleOf("fc") must be');
});
