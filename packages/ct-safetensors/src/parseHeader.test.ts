import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkName, parseHeader, quote } from './parseHeader.js';
import type { SafetensorsErrorCode } from './safetensorsError.js';
import { SafetensorsError } from './safetensorsError.js';

function codeOf(action: () => unknown): SafetensorsErrorCode | 'none' {
  try {
    action();
    return 'none';
  } catch (error) {
    if (error instanceof SafetensorsError) return error.code;
    throw error;
  }
}

/** A name or a text that a header may hold. */
const words = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => text !== '__proto__');
const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const header = fc.record({
  tensors: fc.dictionary(
    words.filter((name) => name !== '__metadata__'),
    fc.record({ dtype: words, shape: fc.array(whole, { maxLength: 4 }), data_offsets: fc.tuple(whole, whole) }),
    { noNullPrototype: true },
  ),
  metadata: fc.dictionary(words, words, { noNullPrototype: true }),
});

describe('parseHeader', () => {
  it('reads whatever JSON.stringify writes of a header, however it is spaced, as JSON.parse reads it', () => {
    fc.assert(
      fc.property(header, fc.constantFrom(undefined, 1, '\t'), ({ tensors, metadata }, space) => {
        const found = parseHeader(JSON.stringify({ __metadata__: metadata, ...tensors }, null, space));
        expect(found.metadata).toEqual(metadata);
        expect(Object.fromEntries(found.tensors)).toEqual(
          Object.fromEntries(
            Object.entries(tensors).map(
              ([
                name,
                {
                  data_offsets: [begin, end],
                  ...rest
                },
              ]) => [name, { ...rest, begin, end }],
            ),
          ),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('refuses every beginning of a header that is not the whole of it', () => {
    const text = '{"__metadata__":{"a":"\\u00e4"},"w":{"dtype":"F32","shape":[1,0],"data_offsets":[0,4]}}';
    expect([...parseHeader(text).tensors.keys()]).toEqual(['w']);
    for (let length = 0; length < text.length; length++)
      expect(codeOf(() => parseHeader(text.slice(0, length)))).not.toBe('none');
  });

  it.each<[SafetensorsErrorCode, string]>([
    ['invalid-header', '[]'],
    ['invalid-header', '{}x'],
    ['invalid-header', '{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1],"more":1}}'],
    ['invalid-header', '{"w":{"dtype":"U8","shape":[]}}'],
    ['invalid-header', '{"w":{"dtype":8,"shape":[],"data_offsets":[0,1]}}'],
    ['duplicate-key', '{"w":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}}'],
    ['duplicate-key', '{"\\u0077":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"w":{}}'],
    ['invalid-name', '{"__proto__":{}}'],
    ['invalid-metadata', '{"__metadata__":{"a":1}}'],
    ['invalid-metadata', '{"__metadata__":{"a":"\\ud800"}}'],
    ['invalid-shape', '{"w":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}'],
    ['invalid-shape', '{"w":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}'],
    ['invalid-shape', '{"w":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}'],
    ['invalid-shape', '{"w":{"dtype":"U8","shape":[1e2],"data_offsets":[0,1]}}'],
    ['invalid-offsets', '{"w":{"dtype":"U8","shape":[],"data_offsets":[0]}}'],
    ['invalid-offsets', '{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1,2]}}'],
    ['overflow', '{"w":{"dtype":"U8","shape":[9007199254740992],"data_offsets":[0,1]}}'],
  ])('refuses as %s: %s', (code, text) => {
    expect(codeOf(() => parseHeader(text))).toBe(code);
  });

  it('takes null for no metadata, and says where it stopped', () => {
    expect(parseHeader(' {"__metadata__": null} ')).toEqual({ tensors: new Map(), metadata: {} });
    expect(() => parseHeader('{"w":7}')).toThrow('expected "{" to begin tensor "w", got "7}" at character 5');
  });
});

it('checkName refuses what would replace a prototype or cannot be written', () => {
  expect(codeOf(() => checkName('a.b/c 😀', 'x'))).toBe('none');
  expect(codeOf(() => checkName('__proto__', 'x'))).toBe('invalid-name');
  expect(codeOf(() => checkName('a\udc00', 'x'))).toBe('invalid-name');
});

it('quote shows at most 60 characters', () => {
  expect(quote('a"b')).toBe('"a\\"b"');
  expect(quote('x'.repeat(60))).toBe(`"${'x'.repeat(60)}"`);
  expect(quote('x'.repeat(61))).toBe(`"${'x'.repeat(60)}..."`);
});
