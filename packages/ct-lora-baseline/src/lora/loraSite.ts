/**
 * The layers of a model that take a low-rank change, and how callers select some of them.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, check, filledText, func, listOf as listSchema, regExp } from '@curvature-tuning/checks';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { layersModel, leafLayers, weightName } from '@curvature-tuning/layers/model';
import './loraConv2d.js';
import type { LoraConv2D } from './loraConv2d.js';
import './loraDense.js';
import type { LoraDense } from './loraDense.js';
import './loraDepthwiseConv2d.js';
import type { LoraDepthwiseConv2D } from './loraDepthwiseConv2d.js';
import { fieldsOf } from './stockLayer.js';

/** A layer with a low-rank change. */
export type LoraLayer = LoraDense | LoraConv2D | LoraDepthwiseConv2D;

/** One layer of a model that takes, or has, a low-rank change. */
export interface LoraSite {
  /** Path of the layer: `outer/inner`. */
  layer: string;
  /** tfjs' class of the layer without LoRA; of what it wraps for `TimeDistributed`. */
  className: 'Dense' | 'Conv2D' | 'DepthwiseConv2D';
  /** Shape of the kernel: `[in, out]`, `[height, width, in, out]`, `[height, width, channels, multiplier]`. */
  kernelShape: readonly number[];
  /** How many places of the model call this one layer, with one change. */
  calls: number;
  /**
   * Numbers in A and B; r·(out + in·height·width), with `in` = 1 for a depthwise convolution. 0 before there are any.
   */
  parameters: number;
}

const LORA_LAYERS: ReadonlySet<string> = new Set(['LoraDense', 'LoraConv2D', 'LoraDepthwiseConv2D']);

/** Selects layers: a path, a pattern for it, or a predicate. */
export type LoraMatcher = string | RegExp | ((site: LoraSite) => boolean);

const matcher: Schema<LoraMatcher> = anyOf(filledText, regExp, func<(site: LoraSite) => boolean>());
/** One matcher or several. */
export const loraMatchers: Schema<LoraMatcher | readonly LoraMatcher[]> = anyOf(matcher, listSchema(matcher));

/** The LoRA layer that a layer is, or wraps. */
export function loraLayerOf(layer: layers.Layer): LoraLayer | undefined {
  const inner = wrapped(layer);
  // By the names in tfjs' registry: the class may be that of another copy of this package.
  return LORA_LAYERS.has(inner.getClassName()) ? (inner as LoraLayer) : undefined;
}

/** The arguments of `loraLayers`, `mergeLora` and `unmergeLora`. */
export const modelArguments: Entries<{ model: LayersModel }> = { model: layersModel };

/** All LoRA layers of a model by path, in order. */
export function loraLayers(model: LayersModel): Map<string, LoraLayer> {
  check('loraLayers', modelArguments, { model });
  return new Map(
    leafLayers(model).flatMap(({ path, layer }) => {
      const lora = loraLayerOf(layer);
      return lora === undefined ? [] : [[path, lora] as const];
    }),
  );
}

/** The changed layers of a model. */
export function sitesOfLora(model: LayersModel): LoraSite[] {
  return leafLayers(model).flatMap(({ path, layer }) => {
    const inner = loraLayerOf(layer);
    if (inner === undefined) return [];
    const { a, b } = inner.lora.variables;
    const size = (shape: readonly (number | null)[]): number => shape.reduce<number>((x, y) => x * y!, 1);
    return [
      {
        layer: path,
        className: stockClassOf(inner),
        kernelShape: inner.lora.kernelShape,
        calls: layer.inboundNodes.length,
        parameters: size(a.shape) + size(b.shape),
      },
    ];
  });
}

/** The class of a LoRA layer without LoRA. */
export function stockClassOf(layer: LoraLayer): LoraSite['className'] {
  return layer.getClassName().replace(/^Lora/, '') as LoraSite['className'];
}

/** Layers that `applyLora` can change, and those with a kernel that it cannot, with the reason. */
export function findSites(model: LayersModel): { sites: LoraSite[]; refused: Map<string, string> } {
  const sites: LoraSite[] = [];
  const refused = new Map<string, string>();
  for (const { path, layer } of leafLayers(model)) {
    const kernels = layer.weights.filter((weight) => weightName(weight).endsWith('kernel'));
    if (kernels.length === 0) continue;
    const inner = wrapped(layer);
    const className = inner.getClassName();
    const { dataFormat } = inner as { dataFormat?: string };
    if (loraLayerOf(layer) !== undefined) refused.set(path, `${className}, which has LoRA already: removeLora first`);
    else if (className !== 'Dense' && className !== 'Conv2D' && className !== 'DepthwiseConv2D')
      refused.set(path, className);
    else if (dataFormat === 'channelsFirst') refused.set(path, `${className} with channels first`);
    else
      sites.push({
        layer: path,
        className,
        kernelShape: kernels[0]!.shape as number[],
        calls: layer.inboundNodes.length,
        parameters: 0,
      });
  }
  return { sites, refused };
}

/**
 * Applies include and exclude.
 *
 * @throws Error when nothing is selected, when a name that was given does not exist, or when a selected layer has a
 * kernel that cannot be changed.
 */
export function selectSites(
  caller: string,
  model: LayersModel,
  include: LoraMatcher | readonly LoraMatcher[] | undefined,
  exclude: LoraMatcher | readonly LoraMatcher[] | undefined,
): LoraSite[] {
  const { sites, refused } = findSites(model);
  const included: LoraMatcher[] | undefined = include === undefined ? undefined : listOf(include);
  const excluded: LoraMatcher[] = exclude === undefined ? [] : listOf(exclude);
  const list = sites.map(({ layer }) => layer).join(', ') || 'none';
  for (const matcher of [...(included ?? []), ...excluded]) {
    if (typeof matcher === 'string' && !refused.has(matcher) && !sites.some(({ layer }) => layer === matcher))
      throw new Error(`${caller}: "${model.name}" has no layer "${matcher}" with a kernel; it has ${list}`);
  }
  const takes = (site: LoraSite): boolean =>
    (included?.some((matcher) => matches(matcher, site)) ?? true) &&
    !excluded.some((matcher) => matches(matcher, site));
  for (const [layer, what] of refused) {
    // A predicate sees sites alone: it does not ask for what is none.
    const named = (matchers: readonly LoraMatcher[]): boolean =>
      matchers.some((matcher) => typeof matcher !== 'function' && matches(matcher, { layer } as LoraSite));
    if ((included === undefined || named(included)) && !named(excluded))
      throw new Error(
        `${caller}: the kernel of "${layer}" (${what}) cannot take a low-rank change; pass exclude: ` +
          `'${layer}' to leave it alone`,
      );
  }
  const chosen = sites.filter(takes);
  if (chosen.length === 0)
    throw new Error(`${caller}: no layer of "${model.name}" matched; change include and exclude, it has ${list}`);
  return chosen;
}

function listOf(matchers: LoraMatcher | readonly LoraMatcher[]): LoraMatcher[] {
  return typeof matchers === 'object' && !(matchers instanceof RegExp) ? [...matchers] : [matchers];
}

function matches(matcher: LoraMatcher, site: LoraSite): boolean {
  if (typeof matcher === 'string') return site.layer === matcher;
  return matcher instanceof RegExp ? site.layer.search(matcher) !== -1 : matcher(site);
}

function wrapped(layer: layers.Layer): layers.Layer {
  return layer.getClassName() === 'TimeDistributed' ? (fieldsOf(layer)['layer'] as layers.Layer) : layer;
}
