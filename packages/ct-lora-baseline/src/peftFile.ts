/**
 * LoRA adapters as the two files that PEFT writes and reads: `adapter_model.safetensors` and `adapter_config.json`.
 */
import type { Fresh } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors, toFloat32 } from '@curvature-tuning/safetensors';
import type { LoraAdapter } from './peftAdapter.js';
import type { PeftConfig } from './peftConfig.js';
import { checkPeftConfig } from './peftConfig.js';

/** The contents of a folder that PEFT's `from_pretrained` reads, by file name. */
export interface LoraFiles {
  'adapter_model.safetensors': Fresh<Uint8Array>;
  'adapter_config.json': string;
}

/** Writes an adapter. */
export function saveLora({ config, tensors }: LoraAdapter): LoraFiles {
  return {
    'adapter_model.safetensors': serializeSafetensors([...tensors].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data }] as const), { format: 'pt' }),
    'adapter_config.json': `${JSON.stringify(config, null, 2)}\n`,
  };
}

/**
 * Reads an adapter, ours or PEFT's; half precision becomes float32.
 *
 *     const adapter = loadLora(await readFile('adapter_model.safetensors'), await readFile('adapter_config.json', 'utf8'));
 *
 * @throws SafetensorsError when the bytes are no such file, Error when the configuration is not one of LoRA.
 */
export function loadLora(bytes: ArrayBuffer | Uint8Array, config: string): LoraAdapter {
  const parsed = JSON.parse(config) as PeftConfig;
  checkPeftConfig('loadLora', parsed);
  // PyTorch's counters of batches are integers that nobody reads.
  const tensors = [...parseSafetensors(bytes).tensors].filter(([name]) => !name.endsWith('.num_batches_tracked'));
  return { config: { ...parsed, lora_dropout: parsed.lora_dropout ?? 0 }, tensors: new Map(tensors.map(([name, value]) => [name, { shape: [...value.shape], data: Float32Array.from(toFloat32(value)) }])) };
}
