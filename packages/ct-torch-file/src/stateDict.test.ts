import { describe, expect, it } from 'vitest';
import type { Value } from './pickle/values.js';
import { StorageRef, TensorRef } from './pickle/values.js';
import { findStateDict } from './stateDict.js';
import { dtypeNamed } from './torchDtypes.js';

const float32 = dtypeNamed('torch.float32')!;
const view = { offset: 0, shape: [], stride: [] };
const tensor = new TensorRef(new StorageRef('0', float32, { count: 1, byte: 0 }), float32, view);
const dict = (entries: Readonly<Record<string, Value>>): Map<Value, Value> => new Map(Object.entries(entries));
const weights = dict({ 'fc.weight': tensor });

describe('findStateDict', () => {
  it.each([
    ['the file itself', dict({ epoch: 3, 'fc.bias': tensor, state_dict: weights }), ''],
    ['state_dict before model', dict({ model: weights, state_dict: dict({ a: tensor }) }), 'state_dict'],
    ['a usual name before what is not one', dict({ other: dict({ a: tensor }), net: weights }), 'net'],
    ['what is nearest to the top', dict({ optimizer: dict({ state: dict({ a: tensor }) }), ours: weights }), 'ours'],
    ['what lies below other keys', dict({ a: dict({ b: dict({ c: weights }) }) }), 'a.b.c'],
  ])('finds %s', (_, root, path) => {
    expect(findStateDict(root, undefined).path).toBe(path);
  });

  it('finds what it is told, and lists what there is instead', () => {
    const root = dict({ ema: weights, ours: dict({ a: tensor }) });
    expect(findStateDict(root, 'ema').entries).toBe(weights);
    expect(() => findStateDict(root, undefined)).toThrow(
      'parseTorchFile: the checkpoint: several may be meant; there are tensors under "ema", "ours"; pass {path} of one',
    );
    expect(() => findStateDict(root, 'model')).toThrow(
      'no tensors under "model"; there are tensors under "ema", "ours"',
    );
  });

  it('ends where dictionaries hold each other', () => {
    const [a, b] = [new Map<Value, Value>(), new Map<Value, Value>()];
    a.set('b', b);
    b.set('a', a);
    expect(() => findStateDict(a, undefined)).toThrow('expected a dictionary of tensors, got a dictionary without one');
  });

  it.each<[string, Value, string]>([
    ['a tensor', tensor, 'a tensor'],
    ['a list', [tensor], 'a list'],
    ['nothing', null, 'None'],
    ['numbers as keys', new Map<Value, Value>([[0, tensor]]), 'a dictionary'],
  ])('refuses %s', (_, root, got) => {
    expect(() => findStateDict(root, undefined)).toThrow(`expected a dictionary of tensors, got ${got} without one`);
  });
});
