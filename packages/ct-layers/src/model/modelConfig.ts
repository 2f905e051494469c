/**
 * A model as surgery reads it: its layers, whatever the nesting, and the calls that it makes of them.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { checkLayersModel } from './modelKind.js';
import { unusedName } from '../host/unusedName.js';

/** The class and the configuration of a layer. */
export interface LayerEntry {
  className: string;
  config: serialization.ConfigDict & { name: string };
}

/** One call of a layer, as tfjs keeps it. */
export type LayerCall = layers.Layer['inboundNodes'][number];

/** The entry of a layer. */
export function entryOf(layer: layers.Layer): LayerEntry {
  return { className: layer.getClassName(), config: { ...layer.getConfig(), name: layer.name } };
}

/** The entry with some of its configuration changed. */
export function withConfig(entry: LayerEntry, change: Record<string, unknown>): LayerEntry {
  return { ...entry, config: { ...entry.config, ...change } as LayerEntry['config'] };
}

/** The entry of the layer that a wrapper's entry holds, as `TimeDistributed` has one. */
export function wrappedEntry(entry: LayerEntry): LayerEntry {
  const config: Readonly<Record<string, unknown>> = entry.config;
  return config['layer'] as LayerEntry;
}

/** A wrapper's entry around another layer. */
export function withWrapped(entry: LayerEntry, inner: LayerEntry): LayerEntry {
  return withConfig(entry, { layer: inner });
}

/** The model that a layer is, or wraps (`TimeDistributed(model)`). */
export function innerModel(layer: layers.Layer): LayersModel | undefined {
  if (layer instanceof LayersModel) return layer;
  const wrapped = (layer as { layer?: unknown }).layer;
  return wrapped instanceof LayersModel ? wrapped : undefined;
}

/**
 * All layers of a model that are no models themselves, each once, in order, with their paths: `outer/inner`.
 *
 * Layer names may have slashes: of two paths that are spelled alike the later one gets a number.
 */
export function leafLayers(model: LayersModel): { path: string; layer: layers.Layer }[] {
  checkLayersModel('leafLayers', model);
  const leaves: { path: string; layer: layers.Layer }[] = [];
  const taken = new Set<string>();
  const seen = new Set<layers.Layer>();
  const visit = (owner: LayersModel, prefix: string): void => {
    for (const layer of owner.layers) {
      if (seen.has(layer)) continue;
      seen.add(layer);
      const inner = innerModel(layer);
      if (inner !== undefined) {
        visit(inner, `${prefix}${layer.name}/`);
        continue;
      }
      const path = unusedName(prefix + layer.name, taken);
      taken.add(path);
      leaves.push({ path, layer });
    }
  };
  visit(model, '');
  return leaves;
}

/** A model and all models in it, each once, the outer before the inner. */
export function modelsIn(model: LayersModel): LayersModel[] {
  const found = new Set([model]);
  for (const { layers } of found) {
    for (const layer of layers) {
      const inner = innerModel(layer);
      if (inner !== undefined) found.add(inner);
    }
  }
  return [...found];
}

/** The call that makes a tensor. */
export function callOf({ sourceLayer, nodeIndex }: SymbolicTensor): LayerCall {
  return sourceLayer.inboundNodes[nodeIndex]!;
}

/**
 * The calls that lead to some tensors, in the order in which they were made, `known` tensors and what leads to them
 * left out.
 */
export function callsTo(
  tensors: readonly SymbolicTensor[],
  known: ReadonlyMap<SymbolicTensor, unknown> = new Map(),
): LayerCall[] {
  const calls = new Set<LayerCall>();
  const queue = [...tensors];
  for (let tensor = queue.pop(); tensor !== undefined; tensor = queue.pop()) {
    const call = callOf(tensor);
    if (known.has(tensor) || calls.has(call)) continue;
    calls.add(call);
    if (call.inboundLayers.length > 0) queue.push(...call.inputTensors);
  }
  return [...calls].sort((a, b) => a.id - b.id);
}

/** The calls that a model, and the models in it, make of each layer, in the order in which they were made. */
export function callsByLayer(model: LayersModel): Map<layers.Layer, LayerCall[]> {
  const byLayer = new Map<layers.Layer, LayerCall[]>();
  for (const call of callsTo(modelsIn(model).flatMap(({ outputs }) => outputs)))
    byLayer.set(call.outboundLayer, [...(byLayer.get(call.outboundLayer) ?? []), call]);
  return byLayer;
}
