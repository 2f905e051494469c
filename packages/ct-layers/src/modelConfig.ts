/**
 * The configuration of a model as `getConfig()` gives it: what surgery reads and rewrites.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { checkLayersModel } from './modelKind.js';

/** One tensor that goes into a call of a layer: the output of which call of which layer. */
export type NodeReference = [layer: string, node: number, tensor: number, kwargs?: unknown];

/** A layer in a model's configuration; `inboundNodes` has one entry for each call, and is missing in a Sequential. */
export interface LayerEntry {
  name?: string;
  className: string;
  config: serialization.ConfigDict & { name: string };
  inboundNodes?: NodeReference[][];
}

/** The configuration of a Sequential (name and layers alone) or of a functional model. */
export interface ContainerConfig {
  name: string;
  layers: LayerEntry[];
  outputLayers?: NodeReference[];
}

/** A model's configuration. */
export function configOf(model: LayersModel): ContainerConfig {
  return model.getConfig() as unknown as ContainerConfig;
}

/** The model that a layer is, or wraps (`TimeDistributed(model)`). */
export function innerModel(layer: layers.Layer): LayersModel | undefined {
  if (layer instanceof LayersModel) return layer;
  const wrapped = (layer as { layer?: unknown }).layer;
  return wrapped instanceof LayersModel ? wrapped : undefined;
}

/** The configuration of the model that an entry is, or wraps. */
export function innerConfig({ className, config }: LayerEntry): ContainerConfig {
  return (className === 'TimeDistributed' ? (config['layer'] as unknown as LayerEntry).config : config) as unknown as ContainerConfig;
}

/** The entry with another configuration of the model that it is, or wraps. */
export function withInnerConfig(entry: LayerEntry, inner: ContainerConfig): LayerEntry {
  if (entry.className !== 'TimeDistributed') return { ...entry, config: inner as unknown as LayerEntry['config'] };
  return withConfig(entry, { layer: { ...(entry.config['layer'] as unknown as LayerEntry), config: inner } });
}

/** The entry with some of its configuration changed. */
export function withConfig(entry: LayerEntry, change: Record<string, unknown>): LayerEntry {
  return { ...entry, config: { ...entry.config, ...change } as LayerEntry['config'] };
}

/** All layers of a model that are no models themselves, in order, with their paths: `outer/inner`. */
export function leafLayers(model: LayersModel, path = ''): { path: string; layer: layers.Layer }[] {
  checkLayersModel('leafLayers', model);
  return model.layers.flatMap((layer) => {
    const inner = innerModel(layer);
    return inner === undefined ? [{ path: path + layer.name, layer }] : leafLayers(inner, `${path}${layer.name}/`);
  });
}
