/**
 * Which kinds of activations carry a network: what curvature is to act on in a network that one does not know.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layersModel } from '../model/modelKind.js';
import { sitesOf } from '../model/sitesOf.js';
import type { ActivationKind } from '../unit/activationKind.js';
import { ACTIVATION_KINDS, DEFAULT_KINDS } from '../unit/activationKind.js';
import { findActivations } from './findActivations.js';

export const activationKindsArguments: Entries<{ model: LayersModel }> = { model: layersModel };

/**
 * The kinds of a model's activations that can be replaced: ReLU and its kin if it has some, else SiLU and GELU. Of a
 * model with CT layers, what these replaced.
 *
 *     await steer(model, train, validation, { kinds: activationKinds(model) });
 *
 * @returns In the order of the model's layers, each once; none where there is none.
 */
export function activationKinds(model: LayersModel): ActivationKind[] {
  check('activationKinds', activationKindsArguments, { model });
  const replaced = sitesOf(model);
  const kinds =
    replaced.length > 0
      ? replaced.map(({ kind }) => kind)
      : findActivations(model, new Set(ACTIVATION_KINDS), { sharing: 'model', calls: 'tied' }).found.map(
          ({ kind }) => kind,
        );
  const all = [...new Set(kinds)];
  const usual = all.filter((kind) => DEFAULT_KINDS.includes(kind));
  return usual.length > 0 && replaced.length === 0 ? usual : all;
}
