/**
 * All networks of this package by name. A program that needs one of them ships less if it imports its function instead
 * (`resnet18`): this file imports all families.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, matching, text } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './building/modelOptions.js';
import { families } from './families/families.js';
import type { DMResNetOptions } from './families/dmResnet.js';
import type { PreActResNetOptions } from './families/preActResnet.js';
import type { ConvNextOptions } from './families/convnext.js';
import type { ResNetOptions } from './families/resnet.js';
import type { SwinOptions } from './families/swin.js';
import type { VggOptions } from './families/vgg.js';

/** What a user of a network chooses: options of all networks, and those that the network's family takes. */
export type CreateModelOptions = ModelOptions &
  ResNetOptions &
  PreActResNetOptions &
  DMResNetOptions &
  SwinOptions &
  ConvNextOptions &
  VggOptions;

export const createModelArguments: Entries<{ name: string; options: CreateModelOptions }> = {
  name: text,
  // The family checks the rest, in the name of the network.
  options: matching((value): value is CreateModelOptions => typeof value === 'object' && value !== null, {
    expects: 'an object of options',
  }),
};

/**
 * Builds a network by its name.
 *
 *     createModel('resnet18', { classes: 10, inputShape: [64, 64, 3], initialWeights: 'zeros' })
 *
 * @param name One of `listModels()`, or one of a family that is open: see the table of networks in the README.
 * @param options What the function of the family takes, such as `resnet18`.
 * @returns A model that the caller disposes of: `[batch, height, width, channels]` to logits `[batch, classes]`.
 * @throws RangeError for an unknown name, which lists the known ones; TypeError or RangeError, in the name of the
 * family's function, for options that it does not take.
 */
export function createModel(name: string, options: CreateModelOptions = {}): LayersModel {
  check('createModel', createModelArguments, { name, options });
  for (const { models, byName } of families) {
    const build = Object.hasOwn(models, name) ? models[name] : byName?.(name);
    if (build !== undefined) return build(options);
  }
  throw new RangeError(`createModel: expected one of ${listModels().join(', ')}; got "${name}"`);
}

/** The names that `createModel` knows, family by family. */
export function listModels(): string[] {
  return families.flatMap(({ models }) => Object.keys(models));
}
