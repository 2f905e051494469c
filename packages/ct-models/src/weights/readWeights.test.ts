import { serializeSafetensors } from '@curvature-tuning/safetensors';
import { describe, expect, it } from 'vitest';
import { readWeights } from './readWeights.js';

const tensor = { dtype: 'F32', shape: [1], data: Float32Array.of(3) } as const;
const index = (map: object) => new TextEncoder().encode(JSON.stringify({ weight_map: map }));
const sibling = () => Promise.resolve(serializeSafetensors([['a', tensor]]));

describe('readWeights', () => {
  it('reads a file, and the files of an index', async () => {
    expect([...(await readWeights(serializeSafetensors([['a', tensor]]), undefined))]).toEqual([['a', tensor]]);
    expect([...(await readWeights(index({ a: 'x.safetensors' }), sibling))]).toEqual([['a', tensor]]);
  });

  it('refuses an index whose files are not to be had, and one that names what they lack', async () => {
    await expect(readWeights(index({ a: 'x', b: 'y' }), undefined)).rejects.toThrow('got an index of 2 files');
    await expect(readWeights(index({ b: 'x' }), sibling)).rejects.toThrow(
      'loadPretrained: expected tensor "b" in x, as the index says, got none',
    );
  });

  it('tells the files of PyTorch by their first bytes', async () => {
    const zip = Uint8Array.of(0x50, 0x4b, 3, 4);
    const pickle = Uint8Array.of(0x80, 2, 0x8a, 10, 1);
    for (const bytes of [zip, pickle]) await expect(readWeights(bytes, undefined)).rejects.toThrow('parseTorchFile: ');
    await expect(readWeights(Uint8Array.of(0x80, 2), undefined)).rejects.toThrow('parseSafetensors: ');
  });
});
