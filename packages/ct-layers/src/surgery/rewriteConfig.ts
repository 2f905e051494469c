/**
 * Says what becomes of the layers of a model: every chosen activation becomes a CTActivation entry.
 *
 * An activation fused into another layer is split off into an entry of its own, which is called on what the layer
 * makes.
 */
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import type { LayerEntry } from '../model/modelConfig.js';
import { withConfig, withWrapped, wrappedEntry } from '../model/modelConfig.js';
import { CTActivation } from '../unit/ctActivation.js';
import { startOf } from '../unit/activationKind.js';
import { originOf } from '../unit/siteOrigin.js';
import type { Chosen } from './chooseSites.js';
import type { FindOptions, Found } from './findActivations.js';
import type { Recognised } from './recognise.js';

/** The options that decide what is written. */
export interface RewriteOptions extends FindOptions {
  /**
   * The curvature in [0, 1] that all sites start with. Default: the original model's, by kind: 1, of a SiLU 0.5, of a
   * GELU 0.64.
   */
  beta?: number | undefined;
  /** The mixing coefficient in [0, 1] that all sites start with. Default by kind: 0.5, of SiLU and GELU 1. */
  coeff?: number | undefined;
  /** Whether tfjs may train the units' weights. Default false. */
  trainable: boolean;
  /** Gives every unit a trainable leak per channel, from 0 (from its slope for a leaky ReLU). Default false. */
  slope: boolean;
  /** Gives every unit a trainable scale and shift per channel before phi. Default false. */
  affine: boolean;
  /**
   * `'paper'`: a unit behind a Dense layer of rank 4 has one pair per row, as the reference has for Swin. Default
   * `'strict'`.
   */
  protocol: 'strict' | 'paper';
}

/** Some of them; the rest have their defaults. */
export type RewriteChoices = { [K in keyof RewriteOptions]?: RewriteOptions[K] | undefined };

/** One call of a layer of a model. */
export interface LayerCall {
  layer: layers.Layer;
  entry: LayerEntry;
  /** Counts the calls of the layer, from 0. */
  call: number;
}

/**
 * The entries that take the place of one call of a layer: its own, changed or not, and that of a CT layer.
 */
export function rewriteConfig(
  { layer, entry, call }: LayerCall,
  { found, sites, pads }: Chosen,
  options: RewriteOptions,
): LayerEntry[] {
  const pad = pads.get(layer);
  if (pad !== undefined) return [{ ...entry, className: pad }];
  const activation = found.get(layer);
  if (activation === undefined) return [entry];
  const at = activation.sites.length === 1 ? 0 : call;
  if (!sites.has(activation.sites[at]!)) return [entry];
  const unit = unitEntry(entry, activation, at, options);
  return activation.form === 'layer' ? [unit] : [withoutActivation(entry, activation.form), unit];
}

/** The entry of a CT layer in place of `entry`. */
function unitEntry(
  entry: LayerEntry,
  { layer, unit, form, sites, names }: Found,
  at: number,
  options: RewriteOptions,
): LayerEntry {
  const { sharing, trainable, slope, affine } = options;
  const { batchInputShape, dtype } = entry.config;
  const isFirst = form === 'layer';
  const origin = originOf(sites[at]!, sharing);
  return {
    className: CTActivation.className,
    config: {
      name: names[at]!,
      trainable,
      ...startOf(sites[at]!.kind, options),
      sharedAxes: sharedAxes(layer, entry, options),
      ...unit,
      siteOrigin: { ...origin, shape: [...origin.shape] },
      ...(slope && { trainableAlpha: true }),
      ...(affine && { affine: true }),
      ...(isFirst && batchInputShape !== undefined && { batchInputShape }),
      ...(isFirst && dtype !== undefined && { dtype }),
    },
  };
}

function sharedAxes(layer: layers.Layer, entry: LayerEntry, options: RewriteOptions): number[] {
  const { rank, own } = parameterAxis(layer, entry, options);
  return Array.from({ length: rank - 1 }, (_, i) => i + 1).filter((axis) => axis !== own);
}

/**
 * The axis along which a unit has parameters, none for a scalar: the last one.
 *
 * Under the paper's protocol axis 1 of what a Dense layer makes at rank 4: PyTorch's Swin has its channels last, as
 * tfjs does, but the reference takes axis 1 for the channels of every rank-4 tensor, so that it has one pair per row.
 */
function parameterAxis(
  layer: layers.Layer,
  { className }: LayerEntry,
  { sharing, protocol }: RewriteOptions,
): { rank: number; own?: number } {
  const rank = (layer.getOutputAt(0) as { shape: Shape }).shape.length;
  if (sharing !== 'channel') return { rank };
  const isLayer = ['ReLU', 'LeakyReLU', 'Activation'].includes(className);
  const producer = isLayer ? layer.inboundNodes[0]?.inboundLayers[0]?.getClassName() : className;
  return { rank, own: protocol === 'paper' && rank === 4 && producer === 'Dense' ? 1 : rank - 1 };
}

function withoutActivation(entry: LayerEntry, form: Recognised['form']): LayerEntry {
  if (form === 'fused') return withConfig(entry, { activation: 'linear' });
  return withWrapped(entry, withoutActivation(wrappedEntry(entry), 'fused'));
}
