/**
 * Folds low-rank changes into the kernels, takes them out again, and takes LoRA off a model.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, flag, options } from '@curvature-tuning/checks';
import type { LayerEntry } from '@curvature-tuning/layers/model';
import { layersModel, leafLayers, rewriteLayers } from '@curvature-tuning/layers/model';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { LoraLayer } from './loraSite.js';
import { loraLayers, modelArguments, stockClassOf } from './loraSite.js';
import { assign } from './stockLayer.js';
import { throughWrapper } from './throughWrapper.js';

/** What becomes of the low-rank change when the layers are made plain again. */
export interface RemoveLoraOptions {
  /**
   * Whether kernels keep the change (`true`) or are those of the network that LoRA was applied to (`false`, the
   * default), bit for bit.
   */
  merge?: boolean | undefined;
}

export const removeLoraArguments: Entries<{ model: LayersModel; options: RemoveLoraOptions }> = {
  model: layersModel,
  options: options<RemoveLoraOptions>({ merge: flag }),
};

/**
 * Folds the changes into the kernels, in place: inference then costs what the original's does. What a kernel was is
 * kept.
 *
 * A merged model can be saved and differentiated with respect to its input, but its A and B cannot be trained.
 */
export function mergeLora(model: LayersModel): void {
  check('mergeLora', modelArguments, { model });
  for (const { lora } of layersOf('mergeLora', model).values()) lora.merge();
}

/**
 * Gives merged kernels back what they were, bit for bit: a saved copy, not a subtraction.
 *
 * @throws Error when the model was saved or copied since it was merged, so that there is no such copy; nothing is
 * changed then.
 */
export function unmergeLora(model: LayersModel): void {
  check('unmergeLora', modelArguments, { model });
  const found = layersOf('unmergeLora', model);
  for (const [path, { lora }] of found) lora.baseKernel('unmergeLora', path);
  for (const [path, { lora }] of found) lora.unmerge(path);
}

/**
 * Returns the model without LoRA, of stock layers alone.
 *
 *     const plain = removeLora(tuned, { merge: true }); // needs nothing of this package to be loaded
 *
 * @throws Error for `merge: false` when the model was saved or copied since it was merged.
 */
export function removeLora(model: LayersModel, options: RemoveLoraOptions = {}): LayersModel {
  check('removeLora', removeLoraArguments, { model, options });
  const { merge = false } = options;
  const found = layersOf('removeLora', model);
  if (!merge) for (const [path, { lora }] of found) lora.baseKernel('removeLora', path);
  const stock = rewriteLayers(model, (_, path, entry) =>
    found.has(path) ? throughWrapper(entry, (own) => withoutLora(own, stockClassOf(found.get(path)!))) : entry,
  );
  const leaves = new Map(leafLayers(stock).map(({ path, layer }) => [path, layer] as const));
  for (const [path, { lora }] of found) {
    const kernel = kernelOf(leaves.get(path)!);
    if (!merge) {
      assign(kernel, lora.baseKernel('removeLora', path));
      continue;
    }
    const effective = lora.effectiveKernel();
    assign(kernel, effective);
    if (!lora.merged) effective.dispose();
  }
  return stock;
}

function layersOf(caller: string, model: LayersModel): Map<string, LoraLayer> {
  const found = loraLayers(model);
  if (found.size === 0)
    throw new Error(`${caller}: "${model.name}" has no LoRA layer; pass the model that applyLora returns`);
  return found;
}

function withoutLora(entry: LayerEntry, className: string): LayerEntry {
  const config = Object.fromEntries(
    Object.entries(entry.config).filter(([key]) => !key.startsWith('lora')),
  ) as LayerEntry['config'];
  return { ...entry, className, config };
}

function kernelOf(layer: layers.Layer): LayerVariable {
  const inner = ((layer as { layer?: unknown }).layer ?? layer) as {
    depthwiseKernel?: LayerVariable | null;
    kernel: LayerVariable;
  };
  return inner.depthwiseKernel ?? inner.kernel;
}
