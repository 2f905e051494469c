/**
 * Puts Curvature Tuning into an existing LayersModel: `replaceActivations`.
 *
 * A copy of the model in which activations are CT layers; its weights share the buffers of the old ones.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, flag, oneOf, options, unitInterval } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ActivationSite, SiteSelection } from '../unit/activationSite.js';
import { Selector, siteSelectionEntries } from '../unit/activationSite.js';
import { Copier } from '../copy/copier.js';
import type { CTActivation } from '../unit/ctActivation.js';
import { callsByLayer, leafLayers } from '../model/modelConfig.js';
import { layersModel } from '../model/modelKind.js';
import { chooseSites } from './chooseSites.js';
import { findActivations } from './findActivations.js';
import type { RewriteChoices, RewriteOptions } from './rewriteConfig.js';
import { rewriteConfig } from './rewriteConfig.js';
import { groupOf, SHARINGS } from '../unit/sharing.js';

/** Which activations are replaced, and by what. */
export interface ReplaceActivationsOptions extends SiteSelection, RewriteChoices {}

export const replaceActivationsOptionEntries: Entries<ReplaceActivationsOptions> = {
  ...siteSelectionEntries,
  beta: unitInterval,
  coeff: unitInterval,
  sharing: oneOf(...SHARINGS),
  calls: oneOf('tied', 'split'),
  trainable: flag,
  slope: flag,
  affine: flag,
  protocol: oneOf('strict', 'paper'),
};

export const replaceActivationsArguments: Entries<{ model: LayersModel; options: ReplaceActivationsOptions }> = {
  model: layersModel,
  options: options<ReplaceActivationsOptions>(replaceActivationsOptionEntries),
};

/** A model whose activations have a curvature. */
export interface SteerableModel {
  /** The new model; the caller disposes of it. */
  model: LayersModel;
  /** The replaced activations, in the order of the model's layers. */
  sites: ActivationSite[];
  /** Names of the old model's layers -> the new layers whose output stands for theirs. */
  names: ReadonlyMap<string, string>;
  /** Sets the curvature of all sites, in [0, 1]; the next call of the model uses it. */
  setBeta: (beta: number) => void;
  /** Sets the mixing coefficient of all sites, in [0, 1]. */
  setCoeff: (coeff: number) => void;
}

/**
 * Returns a copy of a model whose ReLUs, or on request SiLUs and GELUs, are Curvature Tuning activations.
 *
 *     const { model, setBeta } = replaceActivations(resnet, { beta: 0.95 });
 *
 * Replaced are ReLU, LeakyReLU and `Activation` layers, and the argument `activation` of Dense, Conv1D/2D/3D, their
 * transposes, SeparableConv2D, DepthwiseConv2D and LocallyConnected layers; in Sequential, functional, nested and
 * TimeDistributed models; `ActivationKind` has the table. Units start where outputs equal the original's (of ReLUs at
 * beta = 1, to 1e-6), unless `beta` and `coeff` say otherwise. Zero padding between a replaced activation and a
 * max-pool becomes padding that the pool ignores. The original stays usable; weight buffers are shared, not copied, and
 * separate as soon as either model is trained.
 *
 * @throws RangeError when beta or coeff lies outside [0, 1], or an option has an unknown value.
 * @throws Error when nothing matches, when a named layer does not exist, when a matching activation cannot be
 *   replaced (it sits inside a recurrent layer), or when a layer cannot be copied, as in `copyModel`.
 * Source: arXiv 2502.07783, section 3.2 (the paper replaces every ReLU module).
 */
export function replaceActivations(model: LayersModel, options: ReplaceActivationsOptions = {}): SteerableModel {
  check('replaceActivations', replaceActivationsArguments, { model, options });
  const {
    beta,
    coeff,
    sharing = 'model',
    calls = 'tied',
    trainable = false,
    slope = false,
    affine = false,
    protocol = 'strict',
  } = options;
  const settings: RewriteOptions = { beta, coeff, sharing, calls, trainable, slope, affine, protocol };
  const selector = new Selector('replaceActivations', options);
  const chosen = chooseSites(model, findActivations(model, selector.kinds, settings), selector);
  const copier = new Copier('replaceActivations', {
    calls: callsByLayer(model),
    change: (layer, entry, call) => rewriteConfig({ layer, entry, call }, chosen, settings),
  });
  const steered = copier.copy(model);
  const paths = new Map(leafLayers(steered).map(({ path, layer }) => [layer, path]));
  const replaced = [...chosen.found.values()].flatMap(({ layer, sites: found, names }) =>
    found.map((site, i) => ({ layer, site, name: names[i]! })).filter(({ site }) => chosen.sites.has(site)),
  );
  const units = replaced.map(({ layer, site: found, name }) => {
    const unit = copier.copies.get(layer)!.get(name) as CTActivation;
    // Where paths are spelled alike, those of the new model tell which is which.
    const placed = { ...found, layer: paths.get(unit)! };
    const site: ActivationSite = { ...placed, group: groupOf(placed, sharing) };
    return { unit, site };
  });
  return {
    model: steered,
    sites: units.map(({ site }) => site),
    names: new Map(leafLayers(model).map(({ path, layer }) => [path, paths.get(copier.standIns.get(layer)!)!])),
    setBeta: (value) => units.forEach(({ unit }) => unit.setBeta(value)),
    setCoeff: (value) => units.forEach(({ unit }) => unit.setCoeff(value)),
  };
}
