import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import { describe, expect, it } from 'vitest';
import type { LoraAdapter } from './peftAdapter.js';
import { loadLora, saveLora } from './peftFile.js';

const key = (name: string): string => `base_model.model.fc.${name}`;

function adapter(values: number[] = [1, -2, 0.5]): LoraAdapter {
  return {
    config: {
      peft_type: 'LORA',
      r: 1,
      lora_alpha: 2,
      lora_dropout: 0,
      target_modules: ['fc'],
    } as LoraAdapter['config'],
    tensors: new Map([
      [key('lora_A.weight'), { shape: [1, 3], data: Float32Array.from(values) }],
      [key('lora_B.weight'), { shape: [2, 1], data: Float32Array.of(3, 4) }],
    ]),
  };
}

/** A file of PEFT's, with one tensor more. */
function fileWith(name: string, dtype: string, data: Uint16Array | BigInt64Array | Float32Array): Uint8Array {
  const { tensors } = parseSafetensors(saveLora(adapter())['adapter_model.safetensors']);
  return serializeSafetensors([...tensors, [name, { dtype, shape: [data.length], data } as never]]);
}

describe('saveLora and loadLora', () => {
  it("go to and fro, as two files in PEFT's names", () => {
    const files = saveLora(adapter());
    expect(Object.keys(files)).toEqual(['adapter_model.safetensors', 'adapter_config.json']);
    expect(JSON.parse(files['adapter_config.json'])).toMatchObject({ peft_type: 'LORA', r: 1, target_modules: ['fc'] });
    const bytes = files['adapter_model.safetensors'];
    for (const given of [bytes, bytes.slice().buffer]) {
      const loaded = loadLora(given, files['adapter_config.json']);
      expect(loaded.config).toMatchObject(adapter().config);
      expect(loaded.tensors).toEqual(adapter().tensors);
    }
  });

  it('makes floats of less than 32 bits float32, and passes over counters of batches', () => {
    const { 'adapter_config.json': config } = saveLora(adapter());
    // 1.5 and -2 in half precision.
    const half = loadLora(fileWith(key('lora_embedding_A'), 'F16', Uint16Array.of(0x3e00, 0xc000)), config);
    expect([...half.tensors.get(key('lora_embedding_A'))!.data]).toEqual([1.5, -2]);
    const counted = loadLora(fileWith('base_model.model.bn.num_batches_tracked', 'I64', BigInt64Array.of(7n)), config);
    expect(counted.tensors.size).toBe(2);
  });

  it("refuses integers, numbers that are not finite, and another configuration than LoRA's", () => {
    const { 'adapter_config.json': config, 'adapter_model.safetensors': bytes } = saveLora(adapter());
    expect(() => loadLora(fileWith('x', 'I64', BigInt64Array.of(7n)), config)).toThrow('"x" must hold floats, got I64');
    expect(() => loadLora(fileWith('x', 'F32', Float32Array.of(NaN)), config)).toThrow(/loadLora: "x" must be/);
    expect(() => loadLora(bytes, config.replace('LORA', 'IA3'))).toThrow(/loadLora: .*IA3/);
    expect(() => loadLora(bytes, '{')).toThrow(/loadLora: /);
    expect(() => saveLora(adapter([1, Infinity, 0]))).toThrow(/saveLora: adapter\.tensors\[/);
  });
});
