import { afterEach, describe, expect, it, vi } from 'vitest';
import { Digest } from './digest.js';
import { cloned, decodeUtf8, encodeUtf8 } from './platform.js';

afterEach(() => vi.unstubAllGlobals());

describe.each([false, true])('the platform, its globals missing as in jsdom: %s', (isMissing) => {
  it('codes text, copies and hashes all the same', () => {
    if (isMissing) for (const name of ['TextEncoder', 'TextDecoder', 'structuredClone']) vi.stubGlobal(name, undefined);
    expect([...encodeUtf8('ü€😀')]).toEqual([0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]);
    expect(decodeUtf8(Uint8Array.of(0xe2, 0x82, 0xac))).toBe('€');
    const value = { a: [1, { b: null }] };
    expect(cloned(value)).toEqual(value);
    expect(cloned(value).a).not.toBe(value.a);
    // printf 'json 7\n{"a":1}' | sha256sum
    expect(new Digest().json({ a: 1 }).hex()).toBe('19b83bd77029d21583091e1a5779516cea12ffe7fe6ab2cc15c680692dabfafa');
  });
});
