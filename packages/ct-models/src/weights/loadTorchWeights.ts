/**
 * PyTorch weights into a model, all or none.
 */

import { toFloat32, type Dtype, type SafeTensor } from '@curvature-tuning/safetensors';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { permute } from './permute.js';
import { torchEntries, type TorchEntry } from './torchEntries.js';

/** How `loadTorchWeights` treats names that match nothing. */
export interface LoadTorchWeightsOptions {
  /** Whether a missing or unexpected name is an error (the default) or only reported. */
  strict?: boolean;
}

/** What a lenient load left out; both are empty after a strict one. */
export interface LoadTorchWeightsReport {
  /** What the model has and the file has not: these variables kept their values. */
  readonly missing: readonly string[];
  /** What the file has and the model has not, `num_batches_tracked` aside. */
  readonly unexpected: readonly string[];
}

/**
 * Loads a PyTorch state dict into a model whose layers bear the names of the PyTorch modules.
 *
 * Entries are matched by name and transposed by the class of their layer (see `torchEntries`); float dtypes are
 * widened to float32. Everything is checked first: after an error the model is as it was.
 *
 * @param model Changed in place; no tensor remains but its own variables.
 * @param tensors By PyTorch name, as `parseSafetensors` gives them.
 * @throws Error naming every entry of another shape or of an integer dtype and, if `strict`, every missing and
 * unexpected one. To load all but a head of another size, pass a copy of the map without it, and `strict: false`.
 */
export function loadTorchWeights(model: LayersModel, tensors: ReadonlyMap<string, SafeTensor>, { strict = true }: LoadTorchWeightsOptions = {}): LoadTorchWeightsReport {
  const { entries, unmapped } = torchEntries(model);
  const missing = [...unmapped];
  const wrong: string[] = [];
  const found: [TorchEntry, SafeTensor][] = [];
  for (const entry of entries) {
    const given = tensors.get(entry.name);
    if (given === undefined) missing.push(entry.name);
    else if (!floatDtypes.has(given.dtype)) wrong.push(`${entry.name} (expected floats, got ${given.dtype})`);
    else if (String(given.shape) !== String(entry.shape)) wrong.push(`${entry.name} (expected [${entry.shape.join(', ')}], got [${given.shape.join(', ')}])`);
    else found.push([entry, given]);
  }
  const known = new Set(entries.map(({ name }) => name));
  const unexpected = [...tensors.keys()].filter((name) => !known.has(name) && !/(^|\.)num_batches_tracked$/.test(name));

  const faults = [
    ...fault('mis-shaped', wrong),
    ...(strict ? [...fault('missing', missing), ...fault('unexpected', unexpected)] : []),
  ];
  if (faults.length > 0) {
    throw new Error(`loadTorchWeights: the weights do not fit "${model.name}", nothing was loaded\n${faults.join('\n')}\nbuild the model these weights belong to${strict ? ', or pass {strict: false} to load what matches by name' : ''}`);
  }
  for (const [entry, given] of found) assign(entry, given);
  return { missing, unexpected };
}

const floatDtypes: ReadonlySet<Dtype> = new Set<Dtype>(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

function assign({ variable, view, order }: TorchEntry, given: SafeTensor): void {
  tidy(() => {
    const values = permute(toFloat32(given), view, order);
    variable.write(tensor(values, variable.shape as number[], 'float32'));
  });
}

function fault(kind: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`  ${kind}: ${names.join(', ')}`] : [];
}
