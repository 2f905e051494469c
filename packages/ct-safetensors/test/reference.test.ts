import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSafetensors, serializeSafetensors } from '../src/index.js';

const file = new Uint8Array(readFileSync(new URL('golden/all_dtypes.safetensors', import.meta.url)));

describe('a file of the reference writer', () => {
  const { tensors, metadata } = parseSafetensors(file);

  it('has 20 dtypes, with shapes and bytes as its generator states', () => {
    const matrices = [...tensors].filter(([name]) => name.endsWith('.matrix'));
    expect(matrices).toHaveLength(20);
    for (const [name, { dtype, shape, data }] of matrices) {
      expect(name).toBe(`${dtype}.matrix`);
      expect(shape).toEqual(dtype === 'F4' ? [2, 6] : [2, 3]);
      expect(data).toHaveLength(dtype === 'C64' ? 12 : 6);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      expect(bytes).toEqual(bytes.map((_, i) => (dtype === 'BOOL' ? i % 2 : 37 * i + 11)));
      expect(tensors.get(`${dtype}.empty`)?.shape).toEqual(dtype === 'F4' ? [0, 8] : [0, 4]);
    }
  });

  it('needs no copy', () => {
    for (const { data } of tensors.values()) expect(data.buffer).toBe(file.buffer);
  });

  it('is what serializeSafetensors writes, byte for byte', () => {
    expect(serializeSafetensors(tensors, metadata)).toEqual(file);
    expect(serializeSafetensors([...tensors].reverse(), metadata)).toEqual(file);
  });
});
