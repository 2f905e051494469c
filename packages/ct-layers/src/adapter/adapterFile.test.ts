import { serializeSafetensors } from '@curvature-tuning/safetensors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadAdapter, saveAdapter } from './adapterFile.js';
import type { Adapter } from './adapterSchema.js';

/** An adapter of one unit with so many channels. */
function adapterOf(beta: readonly number[], more: Partial<Adapter['config']> = {}): Adapter {
  const tensor = (values: readonly number[]): { shape: number[]; data: Float32Array } => ({
    shape: [values.length],
    data: Float32Array.from(values),
  });
  return {
    config: {
      version: 1,
      base: { name: 'net', fingerprint: '0123456789abcdef' },
      sharing: 'channel',
      sites: { relu: { kind: 'relu', channels: beta.length } },
      head: null,
      batchNorm: false,
      ...more,
    },
    tensors: new Map([
      ['relu/beta', tensor(beta)],
      ['relu/coeff', tensor(beta.map(() => 0))],
    ]),
  };
}

describe('saveAdapter and loadAdapter', () => {
  it('go to and fro bit for bit, from a buffer or a view of one', () => {
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(numbers, (beta) => {
        const adapter = adapterOf(beta);
        const bytes = saveAdapter(adapter);
        const shifted = new Uint8Array(bytes.length + 3);
        shifted.set(bytes, 3);
        for (const given of [bytes, bytes.slice().buffer, shifted.subarray(3)]) {
          const loaded = loadAdapter(given);
          expect(loaded.config).toEqual(adapter.config);
          expect([...loaded.tensors.keys()]).toEqual([...adapter.tensors.keys()]);
          loaded.tensors.forEach(({ data }, name) => expect([...data]).toEqual([...adapter.tensors.get(name)!.data]));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses every file of which one byte is another', () => {
    const bytes = saveAdapter(adapterOf([0.5, -2]));
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1;
      expect(() => loadAdapter(damaged)).toThrow(/^loadAdapter: /);
    }
  });

  it('says what a file lacks that is no adapter', () => {
    expect(() => loadAdapter(serializeSafetensors([]))).toThrow(
      'without its configuration; a PyTorch state dict is read',
    );
    expect(() => loadAdapter(Uint8Array.of(1, 2, 3))).toThrow('expected a .safetensors file, but');
  });

  it('writes no number that is not finite', () => {
    expect(() => saveAdapter(adapterOf([NaN]))).toThrow(/saveAdapter: /);
  });
});
