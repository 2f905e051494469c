/**
 * Puts Curvature Tuning into an existing LayersModel: `replaceActivations`.
 *
 * A pure function on the model's *configuration*: every ReLU entry becomes a CTActivation entry, a ReLU fused into
 * another layer is split off into an entry of its own that takes over its consumers, and a new model is built from the
 * result. Its weights then share the buffers of the old ones. A layer that is called at several places stays one layer.
 */
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import type { ActivationSite, SiteMatcher } from './activationSite.js';
import { accepts, hasName, inventory } from './activationSite.js';
import { CTActivation, unitValue } from './ctActivation.js';
import { unusedName } from './unusedName.js';

export interface ReplaceActivationsOptions {
  /** The one curvature in [0, 1] that all sites share. Default 1: the original model. */
  beta?: number;
  /** The one mixing coefficient in [0, 1]. Default 0.5. */
  coeff?: number;
  /** Replace only what one of these matches. Default: every ReLU. */
  include?: SiteMatcher | SiteMatcher[];
  /** Leave alone what one of these matches. */
  exclude?: SiteMatcher | SiteMatcher[];
}

export interface SteerableModel {
  /** The new model; the caller disposes of it. */
  model: LayersModel;
  /** The replaced activations, in the order of the model's layers. */
  sites: ActivationSite[];
  /** Sets the curvature of all sites, in [0, 1]; the next call of the model uses it. */
  setBeta: (beta: number) => void;
  /** Sets the mixing coefficient of all sites, in [0, 1]. */
  setCoeff: (coeff: number) => void;
}

/**
 * Returns a copy of a model whose ReLUs are Curvature Tuning activations with one shared beta.
 *
 *     const { model, setBeta } = replaceActivations(resnet, { beta: 0.95 });
 *
 * Replaced are ReLU layers, `Activation('relu')`, and `activation: 'relu'` of Dense, Conv1D/2D/3D, their transposes,
 * SeparableConv2D, DepthwiseConv2D and LocallyConnected layers, in Sequential, functional and nested models. At
 * beta = 1 outputs equal the original's to 1e-6. The original stays usable; weight buffers are shared, not copied, and
 * separate as soon as either model is trained.
 *
 * @throws RangeError when beta or coeff lies outside [0, 1].
 * @throws Error when nothing matches, when a named layer does not exist, or when a matching ReLU cannot be replaced
 *   (it sits inside a recurrent or wrapping layer).
 * Source: arXiv 2502.07783, section 3.2 (the paper replaces every ReLU module).
 */
export function replaceActivations(model: LayersModel, options: ReplaceActivationsOptions = {}): SteerableModel {
  const beta = unitValue('replaceActivations', 'beta', options.beta ?? 1);
  const coeff = unitValue('replaceActivations', 'coeff', options.coeff ?? 0.5);
  const rewriter = new Rewriter(options);
  const config = rewriter.rewrite(model, model.getConfig() as unknown as ContainerConfig, '');
  rewriter.check(model.name);

  const steered = build(model, config);
  const activations = rewriter.sites.map((site) => layerAt(steered, site.layer) as CTActivation);
  const setBeta = (value: number): void => activations.forEach((activation) => activation.setBeta(value));
  const setCoeff = (value: number): void => activations.forEach((activation) => activation.setCoeff(value));
  setBeta(beta);
  setCoeff(coeff);
  return { model: steered, sites: rewriter.sites, setBeta, setCoeff };
}

/** A copy of a model that shares its weight buffers and may be disposed of independently. */
export function copyModel(model: LayersModel): LayersModel {
  return build(model, model.getConfig() as unknown as ContainerConfig);
}

type NodeReference = [layer: string, node: number, tensor: number, kwargs?: unknown];

interface LayerEntry {
  name?: string;
  className: string;
  config: serialization.ConfigDict & { name: string };
  inboundNodes?: NodeReference[][];
}

/** The configuration of a Sequential (name and layers alone) or of a functional model. */
interface ContainerConfig {
  name: string;
  layers: LayerEntry[];
  outputLayers?: NodeReference[];
}

/** Layers that apply `activation` to their output and to nothing else, so that it can be split off. */
const SPLITTABLE = new Set([
  'Dense',
  'Conv1D',
  'Conv2D',
  'Conv3D',
  'Conv2DTranspose',
  'Conv3DTranspose',
  'SeparableConv2D',
  'DepthwiseConv2D',
  'LocallyConnected1D',
  'LocallyConnected2D',
]);

/** Rewrites configurations and keeps the record of what it found. */
class Rewriter {
  readonly sites: ActivationSite[] = [];
  private readonly skipped: ActivationSite[] = [];
  private readonly others: string[] = [];
  private readonly include: SiteMatcher[] | undefined;
  private readonly exclude: SiteMatcher[];

  constructor({ include, exclude }: ReplaceActivationsOptions) {
    this.include = include === undefined ? undefined : [include].flat();
    this.exclude = exclude === undefined ? [] : [exclude].flat();
  }

  rewrite(container: LayersModel, config: ContainerConfig, path: string): ContainerConfig {
    const names = new Set(config.layers.map((entry) => entry.config.name));
    const movedTo = new Map<string, string>();
    const entries = config.layers.flatMap((entry): LayerEntry[] => {
      const layer = container.getLayer(entry.config.name);
      if (isContainer(layer)) {
        return [{ ...entry, config: this.rewrite(layer, entry.config as unknown as ContainerConfig, `${path}${layer.name}/`) as unknown as LayerEntry['config'] }];
      }
      const fused = SPLITTABLE.has(entry.className) && entry.config['activation'] === 'relu';
      if (!fused && !isReLU(entry)) {
        this.noteOther(entry, path);
        return [entry];
      }
      const name = fused ? unusedName(`${layer.name}_ctu`, names) : layer.name;
      names.add(name);
      const site = describeSite(layer, entry, path, name, fused);
      if (!this.matches(site)) {
        this.skipped.push(site);
        return [entry];
      }
      this.sites.push(site);
      if (!fused) return [activationEntry(entry, name, layer)];
      movedTo.set(layer.name, name);
      const own = (layer.inboundNodes ?? []).map((_, node): NodeReference[] => [[layer.name, node, 0, {}]]);
      return [
        { ...entry, config: { ...entry.config, activation: 'linear' } },
        { ...activationEntry({ ...entry, config: { name } }, name, layer), ...(entry.inboundNodes && { inboundNodes: own.slice(0, entry.inboundNodes.length) }) },
      ];
    });

    const move = (reference: NodeReference): NodeReference => [movedTo.get(reference[0]) ?? reference[0], reference[1], reference[2], reference[3] ?? {}];
    const splitOff = new Set(movedTo.values());
    return {
      ...config,
      layers: entries.map((entry) => {
        if (entry.inboundNodes === undefined || splitOff.has(entry.config.name)) return entry;
        return { ...entry, inboundNodes: entry.inboundNodes.map((node) => node.map(move)) };
      }),
      ...(config.outputLayers && { outputLayers: config.outputLayers.map((r) => move(r).slice(0, 3) as NodeReference) }),
    };
  }

  /** Throws unless something was replaced and every name that the caller gave exists. */
  check(modelName: string): void {
    const all = [...this.sites, ...this.skipped];
    for (const matcher of [...(this.include ?? []), ...this.exclude]) {
      if (typeof matcher === 'string' && !all.some((site) => hasName(site, matcher)) && !this.others.some((other) => other.startsWith(`${matcher} (`))) {
        throw new Error(`replaceActivations: "${matcher}" is no activation of "${modelName}"; ${inventory(all, this.others)}`);
      }
    }
    if (this.sites.length === 0) {
      throw new Error(`replaceActivations: no activation matched in "${modelName}"; ${inventory(all, this.others)}; change include or exclude, or pass a model that has ReLUs`);
    }
  }

  private matches(site: ActivationSite): boolean {
    const included = this.include === undefined || this.include.some((matcher) => accepts(matcher, site));
    return included && !this.exclude.some((matcher) => accepts(matcher, site));
  }

  /** Notes an activation that is no ReLU; refuses a ReLU that cannot be taken out of its layer. */
  private noteOther({ className, config }: LayerEntry, path: string): void {
    const name = `${path}${config.name}`;
    const activation = config['activation'];
    const isActivationLayer = ['ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax', 'CTActivation'].includes(className);
    const buried = !SPLITTABLE.has(className) && className !== 'Activation' && containsReLU(config);
    const site: ActivationSite = { layer: name, source: name, kind: 'relu', fused: true, shape: [], channels: null, calls: 1 };
    if (buried && this.matches(site)) {
      throw new Error(`replaceActivations: the ReLU inside "${name}" (${className}) cannot be replaced; pass exclude: '${name}' to keep it`);
    }
    if (isActivationLayer || buried || (typeof activation === 'string' && activation !== 'linear')) {
      this.others.push(`${name} (${isActivationLayer || typeof activation !== 'string' ? className : `${className}, ${activation}`})`);
    }
  }
}

function isContainer(layer: layers.Layer): layer is LayersModel {
  return layer instanceof LayersModel;
}

function isReLU({ className, config }: LayerEntry): boolean {
  return (className === 'ReLU' && config['maxValue'] == null) || (className === 'Activation' && config['activation'] === 'relu');
}

/** Whether a configuration has a ReLU anywhere inside, as recurrent and wrapping layers do. */
function containsReLU(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return false;
  const entry = config as LayerEntry;
  if (typeof entry.className === 'string' && typeof entry.config === 'object' && isReLU(entry)) return true;
  return Object.entries(config).some(([key, value]) => (/activation$/i.test(key) ? value === 'relu' : containsReLU(value)));
}

function describeSite(layer: layers.Layer, entry: LayerEntry, path: string, name: string, fused: boolean): ActivationSite {
  const { shape } = layer.getOutputAt(0) as { shape: Shape };
  const calls = entry.inboundNodes?.length ?? 1;
  return { layer: `${path}${name}`, source: `${path}${layer.name}`, kind: 'relu', fused, shape, channels: shape.at(-1) ?? null, calls };
}

/** The entry of a CT layer in place of `entry`, sharing one beta and one c over all axes. */
function activationEntry(entry: LayerEntry, name: string, layer: layers.Layer): LayerEntry {
  const rank = (layer.getOutputAt(0) as { shape: Shape }).shape.length;
  const { batchInputShape, dtype } = entry.config;
  return {
    ...entry,
    ...(entry.name !== undefined && { name }),
    className: CTActivation.className,
    config: {
      name,
      trainable: false,
      sharedAxes: Array.from({ length: rank - 1 }, (_, i) => i + 1),
      ...(batchInputShape !== undefined && { batchInputShape }),
      ...(dtype !== undefined && { dtype }),
    },
  };
}

function build(original: LayersModel, config: ContainerConfig): LayersModel {
  const Class = original instanceof Sequential ? Sequential : LayersModel;
  // The last argument: initialise weights with zeros, for they are replaced at once.
  const copy = Class.fromConfig(Class, config as unknown as serialization.ConfigDict, {}, true) as LayersModel;
  shareWeights(original, copy);
  releaseSurplusReferences(copy);
  return copy;
}

function layerAt(model: LayersModel, path: string): layers.Layer {
  // Layer names may contain slashes themselves, so nested models are matched by prefix.
  for (const layer of model.layers) {
    if (layer.name === path) return layer;
    if (isContainer(layer) && path.startsWith(`${layer.name}/`)) return layerAt(layer, path.slice(layer.name.length + 1));
  }
  throw new Error(`replaceActivations: no layer "${path}" in "${model.name}"`);
}

/** Lets the new model's weights point at the old model's buffers; tfjs counts the references. */
function shareWeights(from: LayersModel, to: LayersModel): void {
  const originals = new Map(from.layers.map((layer) => [layer.name, layer]));
  for (const layer of to.layers) {
    const original = originals.get(layer.name);
    // The CT layers get their values from `setBeta` and `setCoeff`.
    if (original === undefined || (layer instanceof CTActivation && !(original instanceof CTActivation))) continue;
    if (isContainer(layer)) shareWeights(original as LayersModel, layer);
    else if (original.weights.length > 0) layer.setWeights(original.getWeights());
  }
}

/**
 * Leaves every layer with as many references as `model.dispose()` releases.
 *
 * tfjs counts one reference for each call of a layer, and one more for the construction of a nested model; on disposal
 * it releases one a layer, and in a functional model one more a nested model. The rest would leak.
 */
function releaseSurplusReferences(model: LayersModel): void {
  for (const layer of model.layers) {
    const released = isContainer(layer) && !(model instanceof Sequential) ? 2 : 1;
    for (let count = layer.inboundNodes.length; count > released; count--) layer.dispose();
    if (isContainer(layer)) releaseSurplusReferences(layer);
  }
}
