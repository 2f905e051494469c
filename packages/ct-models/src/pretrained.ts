/**
 * Models with the weights they were trained to. The tables of weights stand with their families (`families/`); this
 * file fetches, verifies and loads what they list.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, matching, options as optionsOf, text } from '@curvature-tuning/checks';
import { isFileSource, isSha256, readSource, verifySha256 } from '@curvature-tuning/files';
import type { FileSource } from '@curvature-tuning/files';
import { parseSafetensors } from '@curvature-tuning/safetensors';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { PretrainedWeights } from './building/family.js';
import { families } from './families/families.js';
import { loadTorchWeights } from './weights/loadTorchWeights.js';

/** Where `loadPretrained` takes a file from, and what it must hash to. */
export interface LoadPretrainedOptions {
  /** A URL (`http:`, `https:`, `data:`, `blob:`, in Node also `file:`) or the bytes, instead of the package's file. */
  from?: FileSource | undefined;
  /** The SHA-256 to expect, in hex, instead of the table's; `null` goes without a check. */
  sha256?: string | null | undefined;
}

export const loadPretrainedArguments: Entries<{ name: string; options: LoadPretrainedOptions }> = {
  name: text,
  options: optionsOf<LoadPretrainedOptions>({
    from: matching((value): value is FileSource => isFileSource(value), {
      expects: 'a URL or the bytes of a file, a Uint8Array or an ArrayBuffer',
    }),
    sha256: matching(
      (value): value is string | null => value === null || (typeof value === 'string' && isSha256(value)),
      {
        expects: 'the 64 hexadecimal digits of a SHA-256, or null to go without',
      },
    ),
  }),
};

/** Every set of weights by name, `architecture.tag`: what it is, how good it is, where it comes from. */
export const pretrainedWeights: Readonly<Record<string, PretrainedWeights>> = Object.assign(
  {},
  ...families.map(({ weights }) => weights),
) as Record<string, PretrainedWeights>;

/**
 * Builds a model and loads its trained weights.
 *
 * Weights of this package need no set-up, in Node, browsers and bundlers alike. Others are named by the table but
 * must be passed: `loadPretrained('resnet50.tv_in1k', {from: url, sha256: '...'})`.
 *
 * @param name A key of `pretrainedWeights`, such as `resnet14.mnist`.
 * @returns A model that the caller disposes of. Its input is normalised: `(pixels in [0, 1] - mean) / std`.
 * @throws RangeError for an unknown name; it lists the known ones.
 * @throws Error if the file is not in this package and `from` is not given, cannot be read, has another checksum,
 * or has none to compare with; SafetensorsError if it is damaged.
 */
export async function loadPretrained(name: string, options: LoadPretrainedOptions = {}): Promise<LayersModel> {
  check('loadPretrained', loadPretrainedArguments, { name, options });
  const facts = Object.hasOwn(pretrainedWeights, name) ? pretrainedWeights[name] : undefined;
  if (facts === undefined) {
    throw new RangeError(`loadPretrained: expected one of ${Object.keys(pretrainedWeights).join(', ')}; got "${name}"`);
  }
  const { from } = options;
  const read =
    from === undefined ? facts.bytes : () => readSource(from, { subject: 'loadPretrained: expected the weights' });
  if (read === null) {
    throw new Error(
      `loadPretrained: the weights "${name}" are not part of this package; download model.safetensors from ` +
        `${facts.source} and pass {from: URL or bytes}`,
    );
  }
  const expected = options.sha256 === undefined ? facts.sha256 : options.sha256;
  if (expected === null && options.sha256 === undefined) {
    throw new Error(
      `loadPretrained: no checksum of "${name}" is known; pass {sha256: "..."}, or {sha256: null} to go without`,
    );
  }
  const bytes = await read();
  if (expected !== null) await verifySha256(bytes, expected, { subject: `loadPretrained: expected "${name}"` });
  const { tensors } = parseSafetensors(bytes);
  const model = facts.build({ classes: facts.classes, inputShape: facts.inputShape, initialWeights: 'zeros' });
  try {
    loadTorchWeights(model, tensors);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
