/**
 * Puts LoRA into an existing LayersModel: `applyLora`.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, count, oneOf, options, real, satisfying, seed } from '@curvature-tuning/checks';
import type { LayerEntry } from '@curvature-tuning/layers/model';
import { layersModel, rewriteLayers } from '@curvature-tuning/layers/model';
import { Random } from '@curvature-tuning/layers/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { LoraLayer, LoraMatcher, LoraSite } from './loraSite.js';
import { loraLayers, loraMatchers, selectSites, sitesOfLora } from './loraSite.js';
import type { LowRankArgs } from './lowRank.js';
import { throughWrapper } from './throughWrapper.js';

/** The rank and the scale of the low-rank changes, and the layers that get one. */
export interface LoraOptions {
  /** Rank r of the change. Default 1, as the paper's baseline. */
  rank?: number | undefined;
  /** The change is scaled by alpha / rank. Default: the rank, a scale of 1. */
  alpha?: number | undefined;
  /** Change only the layers that one of these matches. Default: all. */
  include?: LoraMatcher | readonly LoraMatcher[] | undefined;
  /** Leave alone what one of these matches. */
  exclude?: LoraMatcher | readonly LoraMatcher[] | undefined;
  /**
   * How A and B start. `'strict'` (default), as in PEFT: A uniform in ±1/sqrt(fan-in), B = 0. `'paper'`: A = 0, B
   * uniform in ±1/sqrt(rank). Both change nothing at first.
   */
  protocol?: 'strict' | 'paper' | undefined;
  /** Share of a layer's inputs that training drops on the low-rank path, in [0, 1). Default 0. */
  dropout?: number | undefined;
  /** Seeds the initial values. Default 42. */
  seed?: number | undefined;
}

export const loraOptionEntries: Entries<LoraOptions> = {
  rank: count,
  alpha: satisfying(real(), (alpha) => alpha !== 0, { expects: 'a finite number other than 0' }),
  include: loraMatchers,
  exclude: loraMatchers,
  protocol: oneOf('strict', 'paper'),
  dropout: real({ min: 0, below: 1 }),
  seed,
};

export const applyLoraArguments: Entries<{ model: LayersModel; options: LoraOptions }> = {
  model: layersModel,
  options: options<LoraOptions>(loraOptionEntries),
};

/** A model with low-rank changes. */
export interface LoraModel {
  /** The new model; the caller disposes of it. */
  model: LayersModel;
  /** The changed layers, in the order of the model's layers. */
  sites: LoraSite[];
  /** Names of the old model's layers -> the layers whose output stands for theirs: LoRA keeps them all. */
  names: ReadonlyMap<string, string>;
  /** Numbers in all A and B. */
  parameters: number;
}

const CLASSES = { Dense: 'LoraDense', Conv2D: 'LoraConv2D', DepthwiseConv2D: 'LoraDepthwiseConv2D' } as const;

/**
 * Returns a copy of a model whose kernels have trainable low-rank changes.
 *
 *     const { model, sites } = applyLora(resnet, { rank: 4, exclude: 'fc' });
 *
 *     W' = W + (alpha / rank)·reshape(A·B)
 *
 * Dense, Conv2D and DepthwiseConv2D in Sequential, functional and nested models, Dense in `TimeDistributed`; a layer
 * that is called at several places has one change. Kernels and biases of the changed layers are frozen; other layers
 * are as they were. Predictions are those of the original, bit for bit, until A and B are trained. The original stays
 * usable, and weight buffers are shared, not copied.
 *
 * The model can be trained by `fit`, `tf.variableGrads` or `tuneLora`; no gradient of a kernel is computed. As in tfjs,
 * the dilation of a DepthwiseConv2D layer is without effect.
 *
 * @throws RangeError when rank, alpha or dropout is out of range, or protocol unknown.
 * @throws Error when nothing matches, a named layer does not exist, or a selected layer cannot be changed:
 * SeparableConv2D (two kernels in one layer), other convolutions, recurrent layers, channels first. Source: arXiv
 * 2106.09685; for convolutions arXiv 2502.07783, section 4, whose A = 0 and B random are `protocol: 'paper'`.
 */
export function applyLora(model: LayersModel, options: LoraOptions = {}): LoraModel {
  check('applyLora', applyLoraArguments, { model, options });
  const { rank = 1, alpha = rank, protocol = 'strict', dropout = 0, seed = 42, include, exclude } = options;
  const chosen = selectSites('applyLora', model, include, exclude);
  const depthwise = chosen.find(({ className }) => className === 'DepthwiseConv2D');
  if (dropout > 0 && depthwise !== undefined)
    throw new Error(
      `applyLora: dropout has no path to act on in "${depthwise.layer}" (DepthwiseConv2D); pass exclude: ` +
        `'${depthwise.layer}', or dropout: 0`,
    );
  const changed = rewriteWithLora(
    model,
    new Map(chosen.map((site) => [site.layer, { loraRank: rank, loraAlpha: alpha, loraDropout: dropout }])),
  );
  const random = new Random(seed);
  for (const { lora } of loraLayers(changed.model).values()) initialise(lora, protocol, random);
  return changed;
}

/** Builds the model that has changes, all zero, in the layers named; what `applyLora` and adapters share. */
export function rewriteWithLora(model: LayersModel, changes: ReadonlyMap<string, LowRankArgs>): LoraModel {
  const names = new Map<string, string>();
  const changed = rewriteLayers(model, (_, path, entry) => {
    names.set(path, path);
    const change = changes.get(path);
    return change === undefined ? entry : throughWrapper(entry, (own) => withLora(own, change));
  });
  const sites = sitesOfLora(changed);
  return { model: changed, sites, names, parameters: sites.reduce((sum, { parameters }) => sum + parameters, 0) };
}

/** Draws A and B; one of them is zero, so that nothing changes at first. */
function initialise(
  { variables: { a, b }, rank }: LoraLayer['lora'],
  protocol: 'strict' | 'paper',
  random: Random,
): void {
  const fill = (variable: LayerVariable, bound: number): void => {
    const shape = variable.shape as number[];
    const values: Tensor = tensor(
      random.uniform(
        shape.reduce((x, y) => x * y, 1),
        bound,
      ),
      shape,
    );
    variable.write(values);
    values.dispose();
  };
  // Kaiming uniform with a = sqrt(5), which PyTorch has for linear layers: 1/sqrt(fan-in).
  if (protocol === 'strict') fill(a, 1 / Math.sqrt(a.shape.slice(0, -1).reduce<number>((x, y) => x * y!, 1)));
  else fill(b, 1 / Math.sqrt(rank));
}

function withLora(entry: LayerEntry, change: LowRankArgs): LayerEntry {
  return {
    ...entry,
    className: CLASSES[entry.className as keyof typeof CLASSES],
    config: { ...entry.config, ...change },
  };
}
