/**
 * Where a CT layer came from: what its configuration says of the activation that it replaces, so that copies of a model
 * and loaded ones know it.
 */
import type { Schema } from '@curvature-tuning/checks';
import { anyOf, count, filledText, flag, listOf, nothing, oneOf, options, whole } from '@curvature-tuning/checks';
import type { ActivationSite } from './activationSite.js';
import { ACTIVATION_KINDS } from './activationKind.js';
import type { Sharing } from './sharing.js';
import { SHARINGS } from './sharing.js';

/** What does not change with the place of the layer in its model. */
export interface SiteOrigin extends Pick<ActivationSite, 'kind' | 'fused' | 'calls'> {
  /**
   * `source` of the site. Of all texts in a configuration tfjs leaves those alone, on saving and loading, that are
   * called `name`.
   */
  name: string;
  shape: readonly (number | null)[];
  sharing: Sharing;
}

export const siteOriginSchema: Schema<SiteOrigin> = options<SiteOrigin>(
  {
    name: filledText,
    kind: oneOf(...ACTIVATION_KINDS),
    fused: flag,
    shape: listOf(anyOf(whole({ min: 0 }), nothing)),
    calls: count,
    sharing: oneOf(...SHARINGS),
  },
  ['name', 'kind', 'fused', 'shape', 'calls', 'sharing'],
);

/** What the CT layer of a site says of it. */
export function originOf(
  { source, kind, fused, shape, calls }: Omit<ActivationSite, 'group'>,
  sharing: Sharing,
): SiteOrigin {
  return { name: source, kind, fused, shape, calls, sharing };
}
