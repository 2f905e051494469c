/**
 * LoRA adapters as the two files that PEFT writes and reads: `adapter_model.safetensors` and `adapter_config.json`.
 */
import type { Fresh } from '@curvature-tuning/safetensors';
import type { Entries } from '@curvature-tuning/checks';
import {
  anyOf,
  bytes as fileBytes,
  check,
  checkValue,
  matching,
  parseJson,
  show,
  text,
} from '@curvature-tuning/checks';
import { parseSafetensors, serializeSafetensors, toFloat32 } from '@curvature-tuning/safetensors';
import type { LoraAdapter, PeftTensor } from './peftAdapter.js';
import { checkAdapter, finiteFloats, loraAdapter } from './peftAdapter.js';
import { checkPeftConfig, peftObject } from './peftConfig.js';

/** The contents of a folder that PEFT's `from_pretrained` reads, by file name. */
export interface LoraFiles {
  'adapter_model.safetensors': Fresh<Uint8Array>;
  'adapter_config.json': string;
}

const arrayBuffer = matching(
  (value): value is ArrayBuffer => Object.prototype.toString.call(value) === '[object ArrayBuffer]',
  { expects: 'an ArrayBuffer' },
);

export const saveLoraArguments: Entries<{ adapter: LoraAdapter }> = { adapter: loraAdapter };

export const loadLoraArguments: Entries<{ bytes: ArrayBuffer | Uint8Array; config: string }> = {
  bytes: anyOf(fileBytes, arrayBuffer),
  config: text,
};

/**
 * Writes an adapter.
 *
 * @throws TypeError or RangeError naming the field of the configuration or the tensor that cannot be, such as one that
 * is not finite.
 */
export function saveLora(adapter: LoraAdapter): LoraFiles {
  check('saveLora', saveLoraArguments, { adapter });
  checkAdapter('saveLora', adapter);
  const { config, tensors } = adapter;
  return {
    'adapter_model.safetensors': serializeSafetensors(
      [...tensors].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data }] as const),
      { format: 'pt' },
    ),
    'adapter_config.json': `${JSON.stringify(config, null, 2)}\n`,
  };
}

/**
 * Reads an adapter, ours or PEFT's; floats of less than 32 bits become float32.
 *
 *     const config = await readFile('adapter_config.json', 'utf8');
 *     const adapter = loadLora(await readFile('adapter_model.safetensors'), config);
 *
 * @throws SafetensorsError when the bytes are no such file, Error when the configuration is not one of LoRA, naming
 *   the field, or a tensor does not hold finite floats.
 */
export function loadLora(bytes: ArrayBuffer | Uint8Array, config: string): LoraAdapter {
  check('loadLora', loadLoraArguments, { bytes, config });
  const parsed: unknown = parseJson('loadLora', 'the configuration', config, peftObject);
  checkPeftConfig('loadLora', parsed);
  const { tensors, skipped } = parseSafetensors(bytes);
  for (const [name, reason] of skipped)
    throw new Error(`loadLora: "${name}" cannot be read: ${reason}; save the adapter in float32`);
  const read = new Map<string, PeftTensor>();
  for (const [name, value] of tensors) {
    // PyTorch's counters of batches are integers that nobody reads.
    if (name.endsWith('.num_batches_tracked')) continue;
    if (!/^(F64|F32|F16|BF16|F8_.*)$/.test(value.dtype))
      throw new TypeError(`loadLora: "${name}" must hold floats, got ${value.dtype}; save the adapter in float32`);
    const data = Float32Array.from(toFloat32(value));
    checkValue('loadLora', show(name), finiteFloats, data);
    read.set(name, { shape: [...value.shape], data });
  }
  return { config: { ...parsed, lora_dropout: parsed.lora_dropout ?? 0 }, tensors: read };
}
