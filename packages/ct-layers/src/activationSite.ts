/**
 * An activation of a model, and how callers select some of them.
 */
import type { Shape } from '@tensorflow/tfjs-layers';

/** One activation of a model: where it was, and where its replacement is. */
export interface ActivationSite {
  /** Name of the CT layer in the new model; layers of nested models as `outer/inner`. */
  layer: string;
  /** Name of the layer in the original model that held the activation. */
  source: string;
  kind: 'relu';
  /** Whether the activation was an argument of another layer (`activation: 'relu'`) rather than a layer. */
  fused: boolean;
  /** Shape of the activation, batch axis first. */
  shape: Shape;
  /** Size of the last axis. */
  channels: number | null;
  /** How many places of the model call this one layer; their curvature is tied. */
  calls: number;
}

/** Selects sites: a layer's name, a pattern for it, or a predicate. */
export type SiteMatcher = string | RegExp | ((site: ActivationSite) => boolean);

/** Whether a matcher selects a site; strings must equal the old or the new layer name. */
export function accepts(matcher: SiteMatcher, site: ActivationSite): boolean {
  if (typeof matcher === 'string') return hasName(site, matcher);
  if (matcher instanceof RegExp) return site.source.search(matcher) !== -1;
  return matcher(site);
}

/** Whether a site's old or new layer has this name. */
export function hasName(site: ActivationSite, name: string): boolean {
  return site.source === name || site.layer === name;
}

/** What a model has, for error messages. */
export function inventory(sites: ActivationSite[], others: string[]): string {
  const list = (names: string[]): string => (names.length > 12 ? [...names.slice(0, 12), `and ${names.length - 12} more`] : names).join(', ');
  const relus = sites.length === 0 ? 'it has no ReLU' : `its ReLUs: ${list(sites.map((site) => site.source))}`;
  return others.length === 0 ? relus : `${relus}; other activations: ${list(others)}`;
}
