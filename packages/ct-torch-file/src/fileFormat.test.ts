import { readFileSync } from 'node:fs';
import { serializeSafetensors } from '@curvature-tuning/safetensors';
import { describe, expect, it } from 'vitest';
import { formatOf, isTorchFile } from './fileFormat.js';

describe('a file is known by its first bytes', () => {
  it.each([
    ['zip.pth', 'zip'],
    ['deflated.pth', 'zip'],
    ['protocol4.pth', 'zip'],
    ['legacy.pth', 'legacy'],
    ['dtypes_legacy.pth', 'legacy'],
  ])('%s: %s', (name, format) => {
    const file = readFileSync(new URL(`../test/golden/${name}`, import.meta.url));
    expect([isTorchFile(file), isTorchFile(file.subarray(0, 4)), formatOf(file)]).toEqual([true, true, format]);
  });

  it.each<[string, Uint8Array]>([
    ['no byte', new Uint8Array()],
    ['a pickle of something else', Uint8Array.of(0x80, 2, 0x7d, 0x2e)],
    ['a page', new TextEncoder().encode('<!doctype html>')],
    // Its header is 640 bytes long: it begins as a pickle of protocol 2 does.
    ['safetensors', headerOf640Bytes()],
  ])('%s is none', (_, file) => expect(isTorchFile(file)).toBe(false));
});

function headerOf640Bytes(): Uint8Array {
  const file = serializeSafetensors([], { note: 'x'.repeat(611) });
  expect([...file.subarray(0, 2)]).toEqual([0x80, 2]);
  return file;
}
