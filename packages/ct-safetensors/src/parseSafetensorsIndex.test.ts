import { describe, expect, it } from 'vitest';
import { parseSafetensorsIndex } from './parseSafetensorsIndex.js';
import { SafetensorsError } from './safetensorsError.js';

const index = (map: unknown) => JSON.stringify({ metadata: { total_size: 8 }, weight_map: map });
const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

describe('parseSafetensorsIndex', () => {
  it('says in which file each tensor is, of a text and of bytes', () => {
    const text = index({ 'fc.weight': two, 'conv.weight': one, 'fc.bias': two });
    for (const source of [text, new TextEncoder().encode(text)]) {
      const { files, tensors } = parseSafetensorsIndex(source);
      expect(files).toEqual([two, one]);
      expect([...tensors]).toEqual([
        ['fc.weight', two],
        ['conv.weight', one],
        ['fc.bias', two],
      ]);
    }
  });

  it.each([
    ['no JSON', '{', 'expected JSON'],
    ['no index', '{}', 'expected an object "weight_map" of tensors to files, got undefined'],
    ['a list', index([]), 'expected an object "weight_map" of tensors to files, got Array'],
    ['null', 'null', 'expected an object "weight_map"'],
    ['a number as file', index({ a: 1 }), 'the file of "a" must be a text, got 1'],
    ['a path', index({ a: '../secret' }), 'the file of "a" must be in the folder of the index, got "../secret"'],
    ['an address', index({ a: 'http:x' }), 'must be in the folder of the index, got "http:x"'],
    ['the folder above', index({ a: '..' }), 'must be in the folder of the index, got ".."'],
    ['what is not UTF-8', Uint8Array.of(0xff), 'expected UTF-8'],
  ])('refuses %s', (_, source, message) => {
    expect(() => parseSafetensorsIndex(source)).toThrow(SafetensorsError);

    expect(() => parseSafetensorsIndex(source)).toThrow(message);
  });
});
