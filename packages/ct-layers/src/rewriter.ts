/**
 * Rewrites a model's configuration: every selected activation becomes a CTActivation entry.
 *
 * An activation fused into another layer is split off into an entry of its own, which takes over the layer's consumers
 * and its place among the outputs.
 */
import type { layers, LayersModel, Shape } from '@tensorflow/tfjs-layers';
import type { ActivationSite, Selector } from './activationSite.js';
import { CTActivation } from './ctActivation.js';
import type { ContainerConfig, LayerEntry, NodeReference } from './modelConfig.js';
import { innerConfig, innerModel, withConfig, withInnerConfig } from './modelConfig.js';
import { padWithLowest } from './paddedPool.js';
import type { Recognised } from './recognise.js';
import { describe, otherActivation, recognise } from './recognise.js';
import { groupOf } from './sharing.js';
import type { ReplaceActivationsOptions } from './surgery.js';
import { unusedName } from './unusedName.js';

/** The options that decide what is written. */
export type RewriteOptions = Required<Pick<ReplaceActivationsOptions, 'beta' | 'coeff' | 'sharing' | 'calls' | 'trainable' | 'slope' | 'affine' | 'protocol'>>;

/** An activation found in a model: one site, or one for each call where calls are split. */
interface Found extends Recognised {
  sites: ActivationSite[];
}

/** One model on its way to its steered copy: `find`, `select`, then `rewrite`. */
export class Rewriter {
  /** Old layer paths -> the new layers whose output stands for the old one's. */
  readonly names: Map<string, string> = new Map();
  private readonly selector: Selector;
  private readonly options: RewriteOptions;
  private readonly found = new Map<string, Found>();
  private readonly others: string[] = [];
  private selected: ReadonlySet<ActivationSite> = new Set();

  constructor(selector: Selector, options: RewriteOptions) {
    this.selector = selector;
    this.options = options;
  }

  /** Finds the activations of a model and of those nested in it. `path` is the model's own, `outer/` or empty. */
  find(model: LayersModel, config: ContainerConfig, path = ''): void {
    const names = new Set(config.layers.map((entry) => entry.config.name));
    for (const entry of config.layers) {
      const layer = model.getLayer(entry.config.name);
      const inner = innerModel(layer);
      if (inner !== undefined) {
        this.find(inner, innerConfig(entry), `${path}${layer.name}/`);
        continue;
      }
      const recognised = recognise(entry);
      if (recognised !== undefined && this.selector.kinds.has(recognised.kind)) {
        this.found.set(path + layer.name, { ...recognised, sites: this.sitesOf(layer, entry, recognised, path, names) });
      } else {
        this.noteOther(entry, path);
      }
    }
  }

  /** Decides which of the found activations are replaced; these, in order. */
  select(modelName: string): ActivationSite[] {
    const all = [...this.found.values()].flatMap(({ sites }) => sites);
    const chosen = this.selector.select(all);
    this.selector.check(modelName, all, chosen, this.others);
    this.selected = new Set(chosen);
    for (const { sites, form } of this.found.values()) {
      const taken = sites.filter((site) => this.selected.has(site)).length;
      if (form !== 'layer' && taken > 0 && taken < sites.length) {
        throw new Error(`replaceActivations: ${taken} of the ${sites.length} calls of "${sites[0]!.source}" are selected, whose activation is part of the layer; select all of them or none`);
      }
    }
    return chosen;
  }

  /** The configuration with the selected activations replaced. */
  rewrite(model: LayersModel, config: ContainerConfig, path = ''): ContainerConfig {
    const moves = new Map<string, (node: number) => [layer: string, node: number]>();
    // Entries that take the own output of the layer that they were split off.
    const splitOff = new Set<LayerEntry>();
    const pads = padWithLowest(model, path, (layer) => this.isReplaced(layer) && ['relu', 'relu6'].includes(this.found.get(layer)!.kind));
    const entries = config.layers.flatMap((entry): LayerEntry[] => {
      const layer = model.getLayer(entry.config.name);
      this.names.set(path + layer.name, path + layer.name);
      const inner = innerModel(layer);
      if (inner !== undefined) return [withInnerConfig(entry, this.rewrite(inner, innerConfig(entry), `${path}${layer.name}/`))];
      if (pads.has(layer.name)) return [{ ...entry, className: pads.get(layer.name)! }];
      if (!this.isReplaced(path + layer.name)) return [entry];
      return this.replace(layer, entry, this.found.get(path + layer.name)!, path, moves, splitOff);
    });

    const move = ([layer, node, tensor, kwargs]: NodeReference): NodeReference => [...(moves.get(layer)?.(node) ?? [layer, node]), tensor, kwargs ?? {}] as NodeReference;
    return {
      ...config,
      layers: entries.map((entry) => {
        if (entry.inboundNodes === undefined || splitOff.has(entry)) return entry;
        return { ...entry, inboundNodes: entry.inboundNodes.map((node) => node.map(move)) };
      }),
      ...(config.outputLayers && { outputLayers: config.outputLayers.map((reference) => move(reference).slice(0, 3) as NodeReference) }),
    };
  }

  private isReplaced(path: string): boolean {
    return this.found.get(path)?.sites.some((site) => this.selected.has(site)) ?? false;
  }

  /** The entries that stand for one whose activation is replaced; notes in `moves` where its outputs went, and what is split off. */
  private replace(layer: layers.Layer, entry: LayerEntry, found: Found, path: string, moves: Map<string, (node: number) => [string, number]>, splitOff: Set<LayerEntry>): LayerEntry[] {
    const { sites, form } = found;
    const local = (site: ActivationSite): string => site.layer.slice(path.length);
    this.names.set(path + layer.name, sites[0]!.layer);
    const unit = (site: ActivationSite): LayerEntry => this.activationEntry(entry, found, local(site), layer);
    if (form === 'layer') {
      if (sites.length === 1) return [unit(sites[0]!)];
      const nodes = entry.inboundNodes!;
      const kept = nodes.filter((_, node) => !this.selected.has(sites[node]!));
      moves.set(layer.name, (node) => (this.selected.has(sites[node]!) ? [local(sites[node]!), 0] : [layer.name, sites.slice(0, node).filter((site) => !this.selected.has(site)).length]));
      const units = sites.flatMap((site, node) => (this.selected.has(site) ? [{ ...unit(site), inboundNodes: [nodes[node]!] }] : []));
      return kept.length === 0 ? units : [{ ...entry, inboundNodes: kept }, ...units];
    }
    const plain = withoutActivation(entry, form);
    if (entry.inboundNodes === undefined) return [plain, unit(sites[0]!)];
    const calls = entry.inboundNodes.map((_, node): NodeReference[] => [[layer.name, node, 0, {}]]);
    moves.set(layer.name, (node) => (sites.length === 1 ? [local(sites[0]!), node] : [local(sites[node]!), 0]));
    const units = sites.map((site, node) => ({ ...unit(site), inboundNodes: sites.length === 1 ? calls : [calls[node]!] }));
    units.forEach((entry) => splitOff.add(entry));
    return [plain, ...units];
  }

  private sitesOf(layer: layers.Layer, entry: LayerEntry, { kind, form }: Recognised, path: string, names: Set<string>): ActivationSite[] {
    const calls = entry.inboundNodes?.length ?? 1;
    const split = this.options.calls === 'split' ? calls : 1;
    return Array.from({ length: split }, (_, call) => {
      const { shape } = layer.getOutputAt(split > 1 ? call : 0) as { shape: Shape };
      const name = form === 'layer' ? (split === 1 ? layer.name : unusedName(`${layer.name}_call${call + 1}`, names)) : unusedName(`${layer.name}_ctu`, names);
      names.add(name);
      const site = {
        index: [...this.found.values()].reduce((sum, { sites }) => sum + sites.length, call),
        layer: path + name,
        source: path + layer.name,
        kind,
        fused: form !== 'layer',
        shape,
        channels: shape.at(-1) ?? null,
        calls: calls / split,
      };
      return { ...site, group: groupOf(site, this.options.sharing) };
    });
  }

  /** Notes an activation that is left alone; refuses one of a selected kind that cannot be taken out of its layer. */
  private noteOther(entry: LayerEntry, path: string): void {
    const name = `${path}${entry.config.name}`;
    // One that could be replaced, but whose kind is not wanted, is left alone like any other.
    const other = recognise(entry) ? { ...describe(entry), kind: undefined } : otherActivation(entry);
    if (other === undefined) return;
    if (other.kind !== undefined && this.selector.kinds.has(other.kind)) {
      const site: ActivationSite = { index: 0, layer: name, source: name, kind: other.kind, fused: true, shape: [], channels: null, calls: 1, group: name };
      if (this.selector.accepts(site)) throw new Error(`replaceActivations: the ${other.kind} inside "${name}" (${entry.className}) cannot be replaced; pass exclude: '${name}' to keep it`);
    }
    this.others.push(`${name} (${other.description})`);
  }

  /** The entry of a CT layer in place of `entry`. */
  private activationEntry(entry: LayerEntry, { unit, form }: Found, name: string, layer: layers.Layer): LayerEntry {
    const { beta, coeff, trainable, slope, affine } = this.options;
    const { batchInputShape, dtype } = entry.config;
    const isFirst = form === 'layer';
    return {
      className: CTActivation.className,
      ...(entry.name !== undefined && { name }),
      ...(entry.inboundNodes !== undefined && { inboundNodes: entry.inboundNodes }),
      config: {
        name,
        trainable,
        beta,
        coeff,
        sharedAxes: this.sharedAxes(layer, entry),
        ...unit,
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
function parameterAxis(layer: layers.Layer, { className }: LayerEntry, { sharing, protocol }: RewriteOptions): { rank: number; own?: number } {
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
