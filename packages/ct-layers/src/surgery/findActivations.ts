/**
 * Finds the activations of a model and of those nested in it, and names the CT layers that may replace them.
 */
import type { layers, LayersModel, Shape } from '@tensorflow/tfjs-layers';
import { unusedName } from '../host/unusedName.js';
import type { LayerEntry } from '../model/modelConfig.js';
import { callsByLayer, entryOf, leafLayers, modelsIn } from '../model/modelConfig.js';
import type { ActivationKind } from '../unit/activationKind.js';
import type { ActivationSite } from '../unit/activationSite.js';
import { startOf } from '../unit/activationKind.js';
import type { Sharing } from '../unit/sharing.js';
import { groupOf } from '../unit/sharing.js';
import type { OtherActivation, Recognised } from './recognise.js';
import { describe, otherActivation, recognise } from './recognise.js';

/** What decides how the activations of a model are counted. */
export interface FindOptions {
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
}

/** An activation that surgery can replace. */
export interface Found extends Recognised {
  /** The layer that is it, or holds it. */
  layer: layers.Layer;
  /** One site, or one for each call where calls are split. */
  sites: ActivationSite[];
  /** Of each site, the name of the CT layer in the model that it is part of. */
  names: string[];
}

/** An activation that stays as it is. */
export interface Other extends OtherActivation {
  /** Path of the layer that holds it. */
  path: string;
  className: string;
}

/** All activations of a model, in the order of its layers. */
export interface Activations {
  found: Found[];
  others: Other[];
}

/** Finds the activations of a model; those of `kinds` that can be taken out of their layers, and others. */
export function findActivations(
  model: LayersModel,
  kinds: ReadonlySet<ActivationKind>,
  { sharing, calls }: FindOptions,
): Activations {
  const taken = new TakenNames(model);
  const callsOf = callsByLayer(model);
  const found: Found[] = [];
  const others: Other[] = [];
  let index = 0;
  for (const { path, layer } of leafLayers(model)) {
    const entry = entryOf(layer);
    const recognised = recognise(entry);
    if (recognised === undefined || !kinds.has(recognised.kind)) {
      const other = otherOf(entry, recognised);
      if (other !== undefined) others.push({ ...other, path, className: entry.className });
      continue;
    }
    const count = callsOf.get(layer)!.length;
    const names = namesOf(layer, recognised, calls === 'split' ? count : 1, taken);
    const sites = names.map((name, call): ActivationSite => {
      const { shape } = layer.getOutputAt(call) as { shape: Shape };
      const site = {
        index: index + call,
        layer: path.slice(0, path.length - layer.name.length) + name,
        source: path,
        kind: recognised.kind,
        start: startOf(recognised.kind),
        fused: recognised.form !== 'layer',
        shape,
        channels: shape.at(-1) ?? null,
        calls: count / names.length,
      };
      return { ...site, group: groupOf(site, sharing) };
    });
    index += sites.length;
    found.push({ ...recognised, layer, sites, names });
  }
  return { found, others };
}

/** What stays of an entry: one that could be replaced, but whose kind is not wanted, is left alone like any other. */
function otherOf(entry: LayerEntry, recognised: Recognised | undefined): OtherActivation | undefined {
  return recognised === undefined ? otherActivation(entry) : { ...describe(entry), kind: undefined };
}

function namesOf(layer: layers.Layer, { form }: Recognised, count: number, taken: TakenNames): string[] {
  return Array.from({ length: count }, (_, call) => {
    if (form !== 'layer') return taken.unused(layer, `${layer.name}_ctu`);
    return count === 1 ? layer.name : taken.unused(layer, `${layer.name}_call${call + 1}`);
  });
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
