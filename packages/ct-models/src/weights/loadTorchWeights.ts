/**
 * PyTorch weights into a model, all or none.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, flag, matching, options as optionsOf } from '@curvature-tuning/checks';
import type { Dtype, SafeTensor } from '@curvature-tuning/safetensors';
import { toFloat32 } from '@curvature-tuning/safetensors';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layersModel } from '../layersModel.js';
import { isKnownUnused } from './knownUnused.js';
import { matchNames } from './matchNames.js';
import { permute } from './permute.js';
import type { TorchEntry } from './torchEntries.js';
import { torchEntries } from './torchEntries.js';

/** How `loadTorchWeights` treats names that match nothing. */
export interface LoadTorchWeightsOptions {
  /** Whether a missing or unexpected name is an error (the default) or only reported. */
  strict?: boolean | undefined;
}

export const loadTorchWeightsArguments: Entries<{
  model: LayersModel;
  tensors: ReadonlyMap<string, SafeTensor>;
  options: LoadTorchWeightsOptions;
}> = {
  model: layersModel,
  tensors: matching((value): value is ReadonlyMap<string, SafeTensor> => isMap(value), {
    expects: 'a map of tensors by name',
    cure: 'parseSafetensors(bytes).tensors is one; await what is still being read',
  }),
  options: optionsOf<LoadTorchWeightsOptions>({ strict: flag }),
};

function isMap(value: unknown): boolean {
  const { get, keys } = (value ?? {}) as Partial<Record<'get' | 'keys', unknown>>;
  return typeof get === 'function' && typeof keys === 'function';
}

/** What a load found and left out; `missing` and `unexpected` are empty after a strict one. */
export interface LoadTorchWeightsReport {
  /**
   * What stood before the names of each network, by its path in the model with dots, `''` being the model itself:
   * `{'': 'module.'}` for a state dict of DataParallel.
   */
  readonly prefixes: Readonly<Record<string, string>>;
  /** What the model has and the file has not: these variables kept their values. */
  readonly missing: readonly string[];
  /** What the file has and the model has not. */
  readonly unexpected: readonly string[];
  /** What the file has and no network uses, which is no fault: `num_batches_tracked`, `sub_block1`; `isKnownUnused`. */
  readonly unused: readonly string[];
}

/**
 * Loads a PyTorch state dict into a model whose layers bear the names of the PyTorch modules.
 *
 * Entries are matched by name, behind whatever prefix the names of the file have in common (`module.`, `_orig_mod.`,
 * `model.`, see `matchNames`), also in models that are layers of the model, and transposed by the class of their layer
 * (see `torchEntries`); float dtypes are widened to float32. Everything is checked first: after an error the model is
 * as it was.
 *
 * @param model Changed in place; no tensor remains but its own variables.
 * @param tensors By PyTorch name, as `parseSafetensors` gives them.
 * @throws Error naming every entry of another shape or of an integer dtype, prefixes that fit equally well and, if
 * `strict`, every missing and unexpected one; SafetensorsError for one that `parseSafetensors` had to skip; also a
 * lenient load fails where no name matches at all. To load all but a head of another size, pass a copy of the map
 * without it, and `strict: false`.
 */
export function loadTorchWeights(
  model: LayersModel,
  tensors: ReadonlyMap<string, SafeTensor>,
  options: LoadTorchWeightsOptions = {},
): LoadTorchWeightsReport {
  check('loadTorchWeights', loadTorchWeightsArguments, { model, tensors, options });
  const { strict = true } = options;
  const { entries, unmapped } = torchEntries(model);
  const { found, prefixes, ambiguous, ...match } = matchNames(entries, tensors.keys());
  const missing = [...unmapped, ...match.missing];
  // A tensor that parseSafetensors skipped says so when it is asked for.
  for (const name of match.missing) tensors.get(name);
  const wrong: string[] = [];
  const fitting: [TorchEntry, SafeTensor][] = [];
  for (const [entry, name] of found) {
    const given = tensors.get(name) as SafeTensor;
    if (!FLOAT_DTYPES.has(given.dtype)) wrong.push(`${name} (expected floats, got ${given.dtype})`);
    else if (String(given.shape) !== String(entry.shape))
      wrong.push(`${name} (expected [${entry.shape.join(', ')}], got [${given.shape.join(', ')}])`);
    else fitting.push([entry, given]);
  }
  const known = new Set(found.values());
  const others = [...tensors.keys()].filter((name) => !known.has(name));
  const unused = others.filter((name) => isKnownUnused(name, (tensors.get(name) as SafeTensor).shape));
  const unexpected = others.filter((name) => !unused.includes(name));

  const subject = `loadTorchWeights: the weights do not fit "${model.name}", nothing was loaded`;
  if (ambiguous.length > 0) {
    throw new Error(
      `${subject}\n${fault('ambiguous', ambiguous).join('\n')}\npass a map of those names alone that belong ` +
        'to this model',
    );
  }
  if (found.size === 0 && missing.length + unexpected.length > 0) {
    throw new Error(
      [
        subject,
        '  no name matches',
        ...fault('missing', some(missing)),
        ...fault('unexpected', some(unexpected)),
        'name the layers as the PyTorch modules, or rename the weights',
      ].join('\n'),
    );
  }
  const faults = [
    ...fault('mis-shaped', wrong),
    ...(strict ? [...fault('missing', missing), ...fault('unexpected', unexpected)] : []),
  ];
  if (faults.length > 0) {
    const behind = Object.values(prefixes).filter((prefix) => prefix !== '');
    if (behind.length > 0) faults.push(`  prefixes: ${behind.map((prefix) => JSON.stringify(prefix)).join(', ')}`);
    throw new Error(
      `${subject}\n${faults.join('\n')}\nbuild the model these weights belong ` +
        `to${strict ? ', or pass {strict: false} to load what matches by name' : ''}`,
    );
  }
  for (const [entry, given] of fitting) assign(entry, given);
  return { prefixes, missing, unexpected, unused };
}

const FLOAT_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>([
  'F64',
  'F32',
  'F16',
  'BF16',
  'F8_E4M3',
  'F8_E5M2',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
  'F8_E8M0',
]);

function assign({ variable, view, order }: TorchEntry, given: SafeTensor): void {
  tidy(() => {
    const values = permute(toFloat32(given), view, order);
    variable.write(tensor(values, variable.shape as number[], 'float32'));
  });
}

function fault(kind: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`  ${kind}: ${names.join(', ')}`] : [];
}

/** The first few of many names. */
function some(names: readonly string[]): string[] {
  return names.length > 8 ? [...names.slice(0, 8), `... (${names.length} in all)`] : [...names];
}
