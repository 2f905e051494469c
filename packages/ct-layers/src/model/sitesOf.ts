/**
 * The sites of a model that has CT layers, and what they share, from what the layers say of themselves.
 */
import type { LayersModel, Shape } from '@tensorflow/tfjs-layers';
import type { ActivationSite } from '../unit/activationSite.js';
import type { CTActivation } from '../unit/ctActivation.js';
import { startOf } from '../unit/activationKind.js';
import { curvatureLayers } from './curvatureLayers.js';
import type { Sharing } from '../unit/sharing.js';
import { groupOf } from '../unit/sharing.js';
import type { SiteOrigin } from '../unit/siteOrigin.js';

/** The sites of a model, in order; of layers that no surgery made, what their settings tell. */
export function sitesOf(model: LayersModel): ActivationSite[] {
  return [...curvatureLayers(model)].map(([layer, unit], index) => {
    const { name: source, kind, fused, shape: sizes, calls, sharing } = unit.siteOrigin ?? originByHand(unit, layer);
    const shape = [...sizes];
    return {
      index,
      layer,
      source,
      kind,
      start: startOf(kind),
      fused,
      shape,
      channels: shape.at(-1) ?? null,
      calls,
      group: groupOf({ layer, source, shape }, sharing),
    };
  });
}

/** How far one (beta, c) reaches in a model: what surgery was told, else what the shapes of the weights tell. */
export function sharingOf(model: LayersModel): Sharing {
  const units = [...curvatureLayers(model).values()];
  return units[0]!.siteOrigin?.sharing ?? (units.some(hasPairs) ? 'channel' : 'site');
}

function originByHand(unit: CTActivation, path: string): SiteOrigin {
  const shape = (unit.inboundNodes[0]?.outputShapes[0] ?? []) as Shape;
  const { maxValue, alpha } = unit.getConfig() as { maxValue: number | null; alpha: number };
  const kind = maxValue !== null ? 'relu6' : alpha !== 0 ? 'leakyRelu' : 'relu';
  return {
    name: path,
    kind,
    fused: false,
    shape,
    calls: Math.max(1, unit.inboundNodes.length),
    sharing: hasPairs(unit) ? 'channel' : 'site',
  };
}

function hasPairs({ rawWeights }: CTActivation): boolean {
  return rawWeights.beta.shape.some((size) => size !== 1);
}
