/**
 * Pseudo-random weights that any language can reproduce in ten lines, for parity tests: PyTorch fills the same network
 * by the same rule, and its logits are all that a test has to store. Entry `@curvature-tuning/models/hash-weights`.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, listOf, matching, options as optionsOf, real, text } from '@curvature-tuning/checks';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { tensor4d } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layersModel } from './layersModel.js';
import { permute } from './weights/permute.js';
import type { TorchEntry } from './weights/torchEntries.js';
import { torchEntries } from './weights/torchEntries.js';

export type { SafeTensor } from '@curvature-tuning/safetensors';

/** The shape of images as PyTorch has them. */
export type ImageShape = readonly [batch: number, channels: number, height: number, width: number];

/** What the rule of hash weights leaves open. */
export interface HashWeightsOptions {
  /** The numerator under the root of the weights' bound, above 0. Default 2. */
  gain?: number | undefined;
  /**
   * The names of the state dict in PyTorch's order, `num_batches_tracked` left out. Default: the order of torchvision's
   * ResNets.
   */
  names?: readonly string[] | undefined;
}

/** The arguments of `hashWeights`, as it checks them. */
export const hashWeightsArguments: Entries<{ model: LayersModel; options: HashWeightsOptions }> = {
  model: layersModel,
  options: optionsOf<HashWeightsOptions>({ gain: real({ above: 0 }), names: listOf(text) }),
};
/** The arguments of `hashInput`, as it checks them. */
export const hashInputArguments: Entries<{ shape: ImageShape }> = {
  shape: matching(
    (value): value is ImageShape =>
      Array.isArray(value) &&
      value.length === 4 &&
      value.every((n: unknown) => Number.isSafeInteger(n) && (n as number) > 0),
    {
      expects: '[batch, channels, height, width] of whole numbers from 1',
    },
  ),
};

/**
 * Makes hash weights for a network, to be loaded by `loadTorchWeights`.
 *
 * Value i = 1, 2, ... counts through all entries in the order of PyTorch's state dict, `num_batches_tracked` left out,
 * and is rounded to float32 from
 *
 *     u = fmix32(i) / 2^32
 *     weight of a convolution or linear layer   (2u - 1) sqrt(3) sqrt(gain / fan-in)
 *     weight of a normalisation                 0.6 + 0.8u
 *     running_var                               0.5 + u
 *     bias, running_mean and all else           0.2 (u - 1/2)
 *
 * where fmix32 is the finaliser of MurmurHash3 (A. Appleby, public domain).
 *
 * @returns By PyTorch name, in the order of the state dict.
 * @throws RangeError if `names` are not those of the model; or, without them, if a layer has a name that torchvision's
 * ResNets do not have: its place in the order is unknown.
 */
export function hashWeights(model: LayersModel, options: HashWeightsOptions = {}): Map<string, SafeTensor<'F32'>> {
  check('hashWeights', hashWeightsArguments, { model, options });
  const { gain = 2, names } = options;
  const weights = new Map<string, SafeTensor<'F32'>>();
  let index = 1;
  for (const { name, shape } of inOrder(torchEntries(model).entries, names)) {
    const value = formula(name, shape, gain);
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let k = 0; k < data.length; k++) data[k] = value(uniform(index++));
    weights.set(name, { dtype: 'F32', shape, data });
  }
  return weights;
}

/** The entries in the order of the names, or in that of torchvision's ResNets. */
function inOrder(entries: readonly TorchEntry[], names: readonly string[] | undefined): readonly TorchEntry[] {
  if (names !== undefined) {
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    const ordered = names.flatMap((name) => byName.get(name) ?? []);
    if (ordered.length < names.length || new Set(names).size < entries.length) {
      const other = names.find((name) => !byName.has(name)) ?? entries.find(({ name }) => !names.includes(name))?.name;
      throw new RangeError(
        `hashWeights: options.names must be the ${entries.length} names of the model's entries, got ${names.length}` +
          (other === undefined ? '' : `, "${other}" on one side only`),
      );
    }
    return ordered;
  }
  const keyed = entries.map((entry) => {
    const dot = entry.name.lastIndexOf('.');
    return { entry, key: [...moduleKey(entry.name.slice(0, dot)), ENTRY_ORDER.indexOf(entry.name.slice(dot + 1))] };
  });
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ entry }) => entry);
}

/**
 * Makes the input that goes with hash weights: value i, counted in PyTorch's `[batch, channels, height, width]`
 * order from 1 000 003 on, is 1.5 (2u - 1).
 *
 * @param shape As PyTorch has it.
 * @returns `[batch, height, width, channels]`; the caller disposes of it.
 */
export function hashInput(shape: ImageShape): Tensor4D {
  check('hashInput', hashInputArguments, { shape });
  const [batch, channels, height, width] = shape;
  const data = new Float32Array(batch * channels * height * width);
  for (let k = 0; k < data.length; k++) data[k] = (2 * uniform(1_000_003 + k) - 1) * 1.5;
  return tensor4d(permute(data, shape, [0, 2, 3, 1]), [batch, height, width, channels]);
}

/** fmix32(i) / 2^32, in [0, 1). */
function uniform(i: number): number {
  i ^= i >>> 16;
  i = Math.imul(i, 0x85ebca6b);
  i ^= i >>> 13;
  i = Math.imul(i, 0xc2b2ae35);
  i ^= i >>> 16;
  return (i >>> 0) / 2 ** 32;
}

function formula(name: string, shape: readonly number[], gain: number): (u: number) => number {
  if (name.endsWith('.running_var')) return (u) => 0.5 + u;
  if (!name.endsWith('.weight')) return (u) => (u - 0.5) * 0.2;
  if (shape.length === 1) return (u) => 0.6 + 0.8 * u;
  const scale = Math.sqrt(3) * Math.sqrt(gain / shape.slice(1).reduce((a, b) => a * b, 1));
  return (u) => (2 * u - 1) * scale;
}

const ENTRY_ORDER = ['weight', 'bias', 'running_mean', 'running_var'];

/** A sort key by which torchvision's module names come in the order of their registration. */
function moduleKey(module: string): number[] {
  return module.split('.').map((part) => {
    const [, word = '', digits = ''] = /^([a-z]*)(\d*)$/.exec(part) ?? [];
    const n = Number(digits);
    switch (word) {
      case '':
        return n;
      case 'conv':
        return 2 * n;
      case 'bn':
        return 2 * n + 1;
      case 'downsample':
        return 100;
      case 'layer':
        return 200 + n;
      case 'fc':
        return 300 + n;
      default:
        throw new RangeError(
          `hashWeights: expected the module names of torchvision's ResNet, got "${module}"; pass {names}`,
        );
    }
  });
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const k = a.findIndex((value, i) => value !== b[i]);
  return k < 0 ? 0 : a[k]! - (b[k] ?? -1);
}
