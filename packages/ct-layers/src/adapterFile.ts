/**
 * Adapters as `.safetensors` files, with the configuration as JSON in the file's own metadata: one file, all of it.
 */
import type { Fresh } from '@curvature-tuning/safetensors';
import { parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';
import type { Adapter, AdapterConfig } from './adapter.js';
import { adapterWithinEnds } from './adapter.js';

const KEY = 'curvature_tuning';

/** Writes an adapter, all numbers of its units finite; `writeFile`, a download or IndexedDB take the bytes as they are. */
export function saveAdapter(adapter: Adapter): Fresh<Uint8Array> {
  const { config, tensors } = adapterWithinEnds(adapter);
  return serializeSafetensors([...tensors].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data }] as const), { [KEY]: JSON.stringify(config) });
}

/**
 * Reads an adapter.
 *
 *     const adapter = loadAdapter(new Uint8Array(await (await fetch('digits.safetensors')).arrayBuffer()));
 *
 * @throws SafetensorsError when the bytes are no such file, Error when it holds no adapter or one of a later version.
 */
export function loadAdapter(bytes: ArrayBuffer | Uint8Array): Adapter {
  const { tensors, metadata } = parseSafetensors(bytes);
  const json = metadata[KEY];
  if (json === undefined) throw new Error('loadAdapter: expected an adapter, got a .safetensors file without its configuration; a PyTorch state dict is read by fromTorchStateDict');
  const config = JSON.parse(json) as AdapterConfig;
  if (config.version !== 1) throw new Error(`loadAdapter: expected version 1, got ${String(config.version)}; update @curvature-tuning/layers`);
  const read = new Map(
    [...tensors].map(([name, { dtype, shape, data }]) => {
      if (dtype !== 'F32') throw new TypeError(`loadAdapter: ${name} must be F32, got ${dtype}`);
      return [name, { shape: [...shape], data: Float32Array.from(data) }];
    }),
  );
  return adapterWithinEnds({ config, tensors: read });
}
