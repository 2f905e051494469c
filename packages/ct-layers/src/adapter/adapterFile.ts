/**
 * Adapters as `.safetensors` files, with the configuration as JSON in the file's own metadata: one file, all of it.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  bytes as bytesSchema,
  check,
  checkSeal,
  checkValue,
  matching,
  parseJson,
  sealed,
  show,
} from '@curvature-tuning/checks';
import type { Fresh, SafetensorsFile } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Adapter } from './adapterSchema.js';
import { adapterConfigSchema, adapterSchema } from './adapterSchema.js';

const KEY = 'curvature_tuning';
const CURE = 'load or write the file anew';

const buffer: Schema<ArrayBuffer> = matching(
  (value): value is ArrayBuffer => /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value)),
  { expects: 'an ArrayBuffer' },
);

export const saveAdapterArguments: Entries<{ adapter: Adapter }> = { adapter: adapterSchema };

export const loadAdapterArguments: Entries<{ bytes: ArrayBuffer | Uint8Array }> = {
  bytes: anyOf<readonly [Schema<Uint8Array>, Schema<ArrayBuffer>]>(bytesSchema, buffer),
};

/**
 * Writes an adapter; `writeFile`, a download or IndexedDB take the bytes as they are.
 *
 * @throws TypeError or RangeError on what is no adapter, or holds numbers that are not finite.
 */
export function saveAdapter(adapter: Adapter): Fresh<Uint8Array> {
  check('saveAdapter', saveAdapterArguments, { adapter });
  const tensors = [...adapter.tensors].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data }] as const);
  return serializeSafetensors(tensors, sealed(tensors, { [KEY]: JSON.stringify(adapter.config) }));
}

/**
 * Reads an adapter.
 *
 *     const adapter = loadAdapter(new Uint8Array(await (await fetch('digits.safetensors')).arrayBuffer()));
 *
 * @throws Error when the bytes are no such file, hold no adapter or one of a later version, or were damaged: what is
 * wrong is named.
 */
export function loadAdapter(bytes: ArrayBuffer | Uint8Array): Adapter {
  check('loadAdapter', loadAdapterArguments, { bytes });
  const file = parse(bytes);
  const json = file.metadata[KEY];
  if (json === undefined)
    throw new Error(
      'loadAdapter: expected an adapter, got a .safetensors file without its configuration; a PyTorch state ' +
        'dict is read by fromTorchStateDict',
    );
  const config = parseJson('loadAdapter', 'configuration', json, adapterConfigSchema);
  const tensors = new Map(
    [...file.tensors].map(([name, { dtype, shape, data }]) => {
      if (dtype !== 'F32') throw new TypeError(`loadAdapter: ${show(name)} must be F32, got ${dtype}`);
      return [name, { shape: [...shape], data: Float32Array.from(data) }];
    }),
  );
  const adapter = { config, tensors };
  checkValue('loadAdapter', 'adapter', adapterSchema, adapter);
  checkSeal('loadAdapter', 'the adapter', file, CURE);
  return adapter;
}

function parse(bytes: ArrayBuffer | Uint8Array): SafetensorsFile {
  try {
    const file = parseSafetensors(bytes);
    for (const [name, reason] of file.skipped) throw new Error(`tensor ${show(name)} cannot be read: ${reason}`);
    return file;
  } catch (cause) {
    throw new Error(`loadAdapter: expected a .safetensors file, but ${(cause as Error).message}; ${CURE}`, { cause });
  }
}
