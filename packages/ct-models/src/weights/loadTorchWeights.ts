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

/** How `loadTorchWeights` treats what does not match. */
export interface LoadTorchWeightsOptions {
  /**
   * Whether a missing or unexpected name and another shape are errors (the default) or only reported: `false` loads all
   * but a head of another number of classes.
   */
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
    cure: 'parseSafetensors(bytes).tensors is one, parseTorchFile(bytes).tensors another; await what is read',
  }),
  options: optionsOf<LoadTorchWeightsOptions>({ strict: flag }),
};

function isMap(value: unknown): boolean {
  const { get, keys } = (value ?? {}) as Partial<Record<'get' | 'keys', unknown>>;
  return typeof get === 'function' && typeof keys === 'function';
}

/** An entry of one shape in the model and another in the file. */
export interface MisshapedEntry {
  /** Its name in the file. */
  readonly name: string;
  /** The shape that the model has, in PyTorch's order of axes. */
  readonly expected: readonly number[];
  /** The shape that the file has. */
  readonly got: readonly number[];
}

/** What a load found and left out; `missing`, `unexpected` and `misshaped` are empty after a strict one. */
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
  /** What both have in other shapes, as PyTorch has them: these variables kept their values, too. */
  readonly misshaped: readonly MisshapedEntry[];
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
 * @param tensors By PyTorch name, as `parseSafetensors` and `parseTorchFile` give them.
 * @throws Error naming, with the shapes of both sides, every entry of an integer dtype, prefixes that fit equally well
 * and, if `strict`, every missing, unexpected and mis-shaped one; SafetensorsError or TorchFileError for one that the
 * reader had to skip; also a lenient load fails where nothing matches at all.
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
  const ofOtherKind: string[] = [];
  const misshaped: MisshapedEntry[] = [];
  const fitting: [TorchEntry, SafeTensor][] = [];
  for (const [entry, name] of found) {
    const given = tensors.get(name) as SafeTensor;
    if (!FLOAT_DTYPES.has(given.dtype)) ofOtherKind.push(`${name} (expected floats, got ${given.dtype})`);
    else if (String(given.shape) !== String(entry.shape))
      misshaped.push({ name, expected: entry.shape, got: given.shape });
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
  const absent = entries.filter((entry) => !found.has(entry));
  const told = {
    missing: [...unmapped, ...match.missing.map((name, i) => `${name} ${listOf(absent[i]!.shape)}`)],
    unexpected: unexpected.map((name) => `${name} ${listOf(tensors.get(name)!.shape)}`),
    misshaped: misshaped.map(({ name, expected, got }) => `${name} (expected ${listOf(expected)}, got ${listOf(got)})`),
  };
  if (found.size === 0 && missing.length + unexpected.length > 0) {
    throw new Error(
      [
        subject,
        '  no name matches',
        ...fault('missing', some(told.missing)),
        ...fault('unexpected', some(told.unexpected)),
        'name the layers as the PyTorch modules, or rename the weights',
      ].join('\n'),
    );
  }
  const faults = [
    ...fault('no floats', ofOtherKind),
    ...(strict || fitting.length === 0 ? fault('mis-shaped', told.misshaped) : []),
    ...(strict ? [...fault('missing', told.missing), ...fault('unexpected', told.unexpected)] : []),
  ];
  if (faults.length > 0) {
    const behind = Object.values(prefixes).filter((prefix) => prefix !== '');
    if (behind.length > 0) faults.push(`  prefixes: ${behind.map((prefix) => JSON.stringify(prefix)).join(', ')}`);
    throw new Error(
      `${subject}\n${faults.join('\n')}\nbuild the model these weights belong ` +
        `to${strict ? ', or pass {strict: false} to load what matches by name and shape' : ''}`,
    );
  }
  for (const [entry, given] of fitting) assign(entry, given);
  return { prefixes, missing, unexpected, misshaped, unused };
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
    // The cpu backend holds the array it is given: one that lies in the file's bytes would keep all of them.
    const own = values === given.data ? values.slice() : values;
    variable.write(tensor(own, variable.shape as number[], 'float32'));
  });
}

function listOf(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function fault(kind: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`  ${kind}: ${names.join(', ')}`] : [];
}

/** The first few of many names. */
function some(names: readonly string[]): string[] {
  return names.length > 8 ? [...names.slice(0, 8), `... (${names.length} in all)`] : [...names];
}
