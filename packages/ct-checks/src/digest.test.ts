import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { canonicalJson, Digest, hashOf } from './digest.js';

describe('Digest', () => {
  it("is the SHA-256 of Node's crypto over the parts, each behind its kind and length", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const expected = createHash('sha256')
      .update('text 4\n"ab"')
      .update('[object Uint8Array] 3\n')
      .update(bytes)
      .update('json 13\n{"a":1,"b":2}')
      .digest('hex');
    expect(new Digest().text('ab').numbers(bytes).json({ b: 2, a: 1 }).hex()).toBe(expected);
  });

  it('tells apart what would be the same end to end, arrays of other kinds, and views of other parts', () => {
    const all = Float32Array.of(1, 2, 3);
    const digests = [
      new Digest().text('ab').text('c'),
      new Digest().text('a').text('bc'),
      new Digest().text('abc'),
      new Digest().json('abc'),
      new Digest().numbers(all),
      new Digest().numbers(new Int32Array(all.buffer)),
      new Digest().numbers(all.subarray(1)),
      new Digest().numbers(all.subarray(0, 2)),
    ].map((digest) => digest.hex());
    expect(new Set(digests).size).toBe(digests.length);
    expect(new Digest().numbers(all.subarray(1)).hex()).toBe(new Digest().numbers(Float32Array.of(2, 3)).hex());
  });
});

describe('canonicalJson', () => {
  it('sorts keys at every depth, leaves undefined out and spells what JSON cannot', () => {
    expect(canonicalJson({ b: [{ d: undefined, c: -0 }], a: Infinity, e: null })).toBe(
      '{"a":"Infinity","b":[{"c":0}],"e":null}',
    );
    expect(JSON.parse(canonicalJson({ x: 0.1, y: 'ü"' }))).toEqual({ x: 0.1, y: 'ü"' });
  });

  it('refuses functions and instances', () => {
    for (const value of [() => 1, { a: new Map() }, [Float32Array.of(1)], Symbol('s')])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

it('hashOf is the SHA-256 of the bytes of a view, with WebCrypto and without', async () => {
  const view = Float32Array.of(1, 2, 3).subarray(1);
  const expected = createHash('sha256').update(Float32Array.of(2, 3)).digest('hex');
  expect(await hashOf(view)).toBe(expected);
  vi.stubGlobal('crypto', undefined);
  try {
    expect(await hashOf(view)).toBe(expected);
  } finally {
    vi.unstubAllGlobals();
  }
});
