/**
 * Says what becomes of the layers of a model: every selected activation becomes a CTActivation entry.
 *
 * An activation fused into another layer is split off into an entry of its own, which is called on what the layer
 * makes.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers, LayersModel, Shape } from '@tensorflow/tfjs-layers';
import type { ActivationSite, Selector } from '../unit/activationSite.js';
import { CTActivation } from '../unit/ctActivation.js';
import type { LayerEntry } from '../model/modelConfig.js';
import { callsByLayer, entryOf, leafLayers, modelsIn, withConfig } from '../model/modelConfig.js';
import { padWithLowest } from './paddedPool.js';
import type { Recognised } from './recognise.js';
import { describe, otherActivation, recognise } from './recognise.js';
import type { Sharing } from '../unit/sharing.js';
import { groupOf } from '../unit/sharing.js';
import { originOf } from '../unit/siteOrigin.js';
import { unusedName } from '../host/unusedName.js';

/** The options that decide what is written. */
export interface RewriteOptions {
  /** The curvature in [0, 1] that all sites start with. Default 1: the original model. */
  beta: number;
  /** The mixing coefficient in [0, 1] that all sites start with. Default 0.5. */
  coeff: number;
  /**
   * How far one (beta, c) reaches; decides the shape of the units' weights and the groups of the sites. Default
   * `'model'`.
   */
  sharing: Sharing;
  /**
   * Whether the calls of a layer that acts at several places have one curvature (`'tied'`, default) or each its own
   * (`'split'`).
   */
  calls: 'tied' | 'split';
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

/** An activation found in a model: one site, or one for each call where calls are split. */
interface Found extends Recognised {
  sites: ActivationSite[];
  /** The names of the CT layers in the model that they are part of. */
  names: string[];
}

/** One model on its way to its steered copy: `find`, `select`, then `change` for each call of a layer. */
export class Rewriter {
  private readonly selector: Selector;
  private readonly options: RewriteOptions;
  private readonly found = new Map<layers.Layer, Found>();
  private readonly others: string[] = [];
  private selected: ReadonlySet<ActivationSite> = new Set();
  private pads: ReadonlyMap<layers.Layer, string> = new Map();

  constructor(selector: Selector, options: RewriteOptions) {
    this.selector = selector;
    this.options = options;
  }

  /** Finds the activations of a model and of those nested in it. */
  find(model: LayersModel): void {
    const names = new TakenNames(model);
    const calls = callsByLayer(model);
    for (const { path, layer } of leafLayers(model)) {
      const entry = entryOf(layer);
      const recognised = recognise(entry);
      if (recognised !== undefined && this.selector.kinds.has(recognised.kind)) {
        this.found.set(layer, this.sitesOf(layer, recognised, path, calls.get(layer)!.length, names));
      } else {
        this.noteOther(entry, path);
      }
    }
  }

  /** Decides which of the found activations are replaced; these, in order. */
  select(model: LayersModel): ActivationSite[] {
    const all = [...this.found.values()].flatMap(({ sites }) => sites);
    const chosen = this.selector.select(all);
    this.selector.check(model.name, all, chosen, this.others);
    this.selected = new Set(chosen);
    for (const { sites, form } of this.found.values()) {
      const taken = sites.filter((site) => this.selected.has(site)).length;
      if (form !== 'layer' && taken > 0 && taken < sites.length) {
        throw new Error(
          `replaceActivations: ${taken} of the ${sites.length} calls of "${sites[0]!.source}" are selected, ` +
            'whose activation is part of the layer; select all of them or none',
        );
      }
    }
    this.pads = padWithLowest(
      model,
      (layer) => this.isReplaced(layer) && ['relu', 'relu6'].includes(this.found.get(layer)!.kind),
    );
    return chosen;
  }

  /** What takes the place of a call of a layer. */
  change(layer: layers.Layer, entry: LayerEntry, call: number): LayerEntry[] {
    const pad = this.pads.get(layer);
    if (pad !== undefined) return [{ ...entry, className: pad }];
    const found = this.found.get(layer);
    if (found === undefined) return [entry];
    const at = found.sites.length === 1 ? 0 : call;
    if (!this.selected.has(found.sites[at]!)) return [entry];
    const unit = this.activationEntry(entry, found, at, layer);
    return found.form === 'layer' ? [unit] : [withoutActivation(entry, found.form), unit];
  }

  /** The layer that holds each selected activation, and the name of the CT layer that replaces it. */
  *replacements(): Generator<[site: ActivationSite, layer: layers.Layer, name: string]> {
    for (const [layer, { sites, names }] of this.found) {
      for (const [i, site] of sites.entries()) if (this.selected.has(site)) yield [site, layer, names[i]!];
    }
  }

  private isReplaced(layer: layers.Layer): boolean {
    return this.found.get(layer)?.sites.some((site) => this.selected.has(site)) ?? false;
  }

  private sitesOf(layer: layers.Layer, recognised: Recognised, path: string, calls: number, taken: TakenNames): Found {
    const { kind, form } = recognised;
    const split = this.options.calls === 'split' ? calls : 1;
    const first = [...this.found.values()].reduce((sum, { sites }) => sum + sites.length, 0);
    const names = Array.from({ length: split }, (_, call) =>
      form !== 'layer'
        ? taken.unused(layer, `${layer.name}_ctu`)
        : split === 1
          ? layer.name
          : taken.unused(layer, `${layer.name}_call${call + 1}`),
    );
    const sites = names.map((name, call) => {
      const { shape } = layer.getOutputAt(split > 1 ? call : 0) as { shape: Shape };
      const site = {
        index: first + call,
        layer: path.slice(0, path.length - layer.name.length) + name,
        source: path,
        kind,
        fused: form !== 'layer',
        shape,
        channels: shape.at(-1) ?? null,
        calls: calls / split,
      };
      return { ...site, group: groupOf(site, this.options.sharing) };
    });
    return { ...recognised, sites, names };
  }

  /** Notes an activation that is left alone; refuses one of a selected kind that cannot be taken out of its layer. */
  private noteOther(entry: LayerEntry, name: string): void {
    // One that could be replaced, but whose kind is not wanted, is left alone like any other.
    const other = recognise(entry) ? { ...describe(entry), kind: undefined } : otherActivation(entry);
    if (other === undefined) return;
    if (other.kind !== undefined && this.selector.kinds.has(other.kind)) {
      const site: ActivationSite = {
        index: 0,
        layer: name,
        source: name,
        kind: other.kind,
        fused: true,
        shape: [],
        channels: null,
        calls: 1,
        group: name,
      };
      if (this.selector.accepts(site))
        throw new Error(
          `replaceActivations: the ${other.kind} inside "${name}" (${entry.className}) cannot be replaced; pass ` +
            `exclude: '${name}' to keep it`,
        );
    }
    this.others.push(`${name} (${other.description})`);
  }

  /** The entry of a CT layer in place of `entry`. */
  private activationEntry(
    entry: LayerEntry,
    { unit, form, sites, names }: Found,
    at: number,
    layer: layers.Layer,
  ): LayerEntry {
    const { beta, coeff, sharing, trainable, slope, affine } = this.options;
    const { batchInputShape, dtype } = entry.config;
    const isFirst = form === 'layer';
    return {
      className: CTActivation.className,
      config: {
        name: names[at]!,
        trainable,
        beta,
        coeff,
        sharedAxes: this.sharedAxes(layer, entry),
        ...unit,
        siteOrigin: originOf(sites[at]!, sharing) as unknown as serialization.ConfigDict,
        ...(slope && { trainableAlpha: true }),
        ...(affine && { affine: true }),
        ...(isFirst && batchInputShape !== undefined && { batchInputShape }),
        ...(isFirst && dtype !== undefined && { dtype }),
      },
    };
  }

  private sharedAxes(layer: layers.Layer, entry: LayerEntry): number[] {
    const { rank, own } = parameterAxis(layer, entry, this.options);
    return Array.from({ length: rank - 1 }, (_, i) => i + 1).filter((axis) => axis !== own);
  }
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
  return withConfig(entry, { layer: withoutActivation(entry.config['layer'] as unknown as LayerEntry, 'fused') });
}

/** The names of layers in the models that make up a model. */
class TakenNames {
  private readonly models: LayersModel[];
  private readonly originals: ReadonlySet<string>;
  private readonly added = new Map<LayersModel, Set<string>>();

  constructor(model: LayersModel) {
    this.models = modelsIn(model);
    this.originals = new Set(this.models.flatMap(({ layers }) => layers.map(({ name }) => name)));
  }

  /**
   * A name for a layer beside `layer`, in all models that have it. Models that are not nested in each other may have
   * layers of one name.
   */
  unused(layer: layers.Layer, wanted: string): string {
    const owners = this.models.filter(({ layers }) => layers.includes(layer));
    const name = unusedName(
      wanted,
      new Set([...this.originals, ...owners.flatMap((owner) => [...(this.added.get(owner) ?? [])])]),
    );
    owners.forEach((owner) => this.added.set(owner, new Set([...(this.added.get(owner) ?? []), name])));
    return name;
  }
}
