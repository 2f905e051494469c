/**
 * Decides which of a model's activations are replaced, and refuses what cannot be.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Layer } from '../host/layerInternals.js';
import type { ActivationSite, Selector } from '../unit/activationSite.js';
import { startOf } from '../unit/activationKind.js';
import type { Activations, Found, Other } from './findActivations.js';
import { padWithLowest } from './paddedPool.js';

/** What surgery changes. */
export interface Chosen {
  /** The layers of which at least one site is replaced, in the order of the model's layers. */
  found: ReadonlyMap<Layer, Found>;
  /** The replaced sites. */
  sites: ReadonlySet<ActivationSite>;
  /** Padding layers before max-pools, and the classes that take their place. */
  pads: ReadonlyMap<Layer, string>;
}

/**
 * Chooses among the activations of a model.
 *
 * @throws Error when nothing matches or a name does not exist, when a wanted activation cannot be taken out of its
 *   layer, or when some calls of a layer are wanted and not the others, although its activation is part of it.
 */
export function chooseSites(model: LayersModel, { found, others }: Activations, selector: Selector): Chosen {
  others.forEach((other) => checkLeftAlone(other, selector));
  const all = found.flatMap((activation) => activation.sites);
  const selected = selector.select(all);
  const descriptions = others.map(({ path, description }) => `${path} (${description})`);
  selector.check(model.name, all, selected, descriptions);
  const sites = new Set(selected);
  const replaced = new Map<Layer, Found>();
  for (const activation of found) {
    const count = activation.sites.filter((site) => sites.has(site)).length;
    if (count === 0) continue;
    if (activation.form !== 'layer' && count < activation.sites.length) {
      throw new Error(
        `replaceActivations: ${count} of the ${activation.sites.length} calls of "${activation.sites[0]!.source}" ` +
          'are selected, whose activation is part of the layer; select all of them or none',
      );
    }
    replaced.set(activation.layer, activation);
  }
  const pads = padWithLowest(model, (layer) => ['relu', 'relu6'].includes(replaced.get(layer)?.kind ?? ''));
  return { found: replaced, sites, pads };
}

/** Refuses an activation of a selected kind that cannot be taken out of its layer, unless it is excluded. */
function checkLeftAlone({ path, className, kind }: Other, selector: Selector): void {
  if (kind === undefined || !selector.kinds.has(kind)) return;
  const site: ActivationSite = {
    index: 0,
    layer: path,
    source: path,
    kind,
    start: startOf(kind),
    fused: true,
    shape: [],
    channels: null,
    calls: 1,
    group: path,
  };
  if (selector.accepts(site))
    throw new Error(
      `replaceActivations: the ${kind} inside "${path}" (${className}) cannot be replaced; pass ` +
        `exclude: '${path}' to keep it`,
    );
}
