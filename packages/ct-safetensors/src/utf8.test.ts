import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseSafetensors, serializeSafetensors } from './index.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

afterEach(() => vi.unstubAllGlobals());

describe.each(['the globals', "Node's own, where the globals are missing as in jsdom"])('by %s', (_title) => {
  const without = _title.startsWith('Node');

  it('text goes to UTF-8 and back, a byte order mark included', () => {
    if (without) for (const name of ['TextEncoder', 'TextDecoder']) vi.stubGlobal(name, undefined);
    expect([...encodeUtf8('\ufeffü€😀')]).toEqual([
      0xef, 0xbb, 0xbf, 0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80,
    ]);
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0xc3, 0xbc))).toBe('\ufeffü');
    expect(() => decodeUtf8(Uint8Array.of(0xff))).toThrow(TypeError);
    const file = serializeSafetensors([['ü', { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }]]);
    expect([...parseSafetensors(file).tensors.keys()]).toEqual(['ü']);
  });
});

it('names what is missing where neither is there', () => {
  for (const name of ['TextEncoder', 'TextDecoder', 'process']) vi.stubGlobal(name, undefined);
  expect(() => encodeUtf8('x')).toThrow('TextEncoder and TextDecoder are missing; define them on globalThis');
});
