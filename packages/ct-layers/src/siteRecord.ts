/**
 * What is known of the CT layers of a model: where each came from.
 */
import type { LayersModel, Shape } from '@tensorflow/tfjs-layers';
import type { ActivationSite } from './activationSite.js';
import { shared } from './copies.js';
import type { CTActivation } from './ctActivation.js';
import { curvatureLayers } from './curvature.js';
import type { Sharing } from './sharing.js';

interface Origin {
  site: ActivationSite;
  sharing: Sharing;
}

const origins = shared('origins', () => new WeakMap<CTActivation, Origin>());

/** Notes where a CT layer came from. */
export function recordSite(layer: CTActivation, site: ActivationSite, sharing: Sharing): void {
  origins.set(layer, { site, sharing });
}

/** Notes that a CT layer is a copy of another. */
export function inheritSite(layer: CTActivation, original: CTActivation): void {
  const origin = origins.get(original);
  if (origin !== undefined) origins.set(layer, origin);
}

/**
 * The sites of a model that has CT layers, in order; of layers that no surgery of this program made, as the layers of
 * a loaded model, what the layers themselves tell.
 */
export function sitesOf(model: LayersModel): ActivationSite[] {
  return [...curvatureLayers(model)].map(([path, layer], index) => {
    const recorded = origins.get(layer)?.site;
    if (recorded !== undefined) return { ...recorded, index, layer: path };
    const shape = (layer.inboundNodes[0]?.outputShapes[0] ?? []) as Shape;
    const { maxValue, alpha } = layer.getConfig() as { maxValue: number | null; alpha: number };
    const kind = maxValue !== null ? 'relu6' : alpha !== 0 ? 'leakyRelu' : 'relu';
    return { index, layer: path, source: path, kind, fused: false, shape, channels: shape.at(-1) ?? null, calls: Math.max(1, layer.inboundNodes.length), group: path };
  });
}

/** How far one (beta, c) reaches in a model: what surgery was told, else what the shapes of the weights tell. */
export function sharingOf(model: LayersModel): Sharing {
  const layers = [...curvatureLayers(model).values()];
  const recorded = origins.get(layers[0]!)?.sharing;
  return recorded ?? (layers.some((layer) => layer.rawWeights.beta.shape.some((size) => size !== 1)) ? 'channel' : 'site');
}
