/**
 * An activation of a model, and how callers select some of them.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, filledText, func, listOf, matching, oneOf, regExp } from '@curvature-tuning/checks';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { ActivationKind, Curvature } from './activationKind.js';
import { ACTIVATION_KINDS, DEFAULT_KINDS } from './activationKind.js';

/** One activation of a model: where it was, and where its replacement is. */
export interface ActivationSite {
  /** Position in the order of the model's layers, from 0, counting every activation of the selected kinds. */
  index: number;
  /** Name of the CT layer in the new model; layers of nested models as `outer/inner`. */
  layer: string;
  /** Name of the layer in the original model that held the activation. */
  source: string;
  kind: ActivationKind;
  /** The curvature at which the replacement is the original, or nearest to it; surgery starts there by default. */
  start: Curvature;
  /** Whether the activation was an argument of another layer (`activation: 'relu'`) rather than a layer. */
  fused: boolean;
  /** Shape of the activation, batch axis first. */
  shape: Shape;
  /** Size of the last axis. */
  channels: number | null;
  /** How many places of the model call this one layer; their curvature is tied. */
  calls: number;
  /** Name of the tie group: the sites of one group have the same curvature. */
  group: string;
}

/** Selects sites: a layer's name, a pattern for it, or a predicate. */
export type SiteMatcher = string | RegExp | ((site: ActivationSite) => boolean);

/** Which activations surgery replaces: those of a kind, that lie in the depth range, are included and not excluded. */
export interface SiteSelection {
  /** Replace only what one of these matches. Default: all. */
  include?: SiteMatcher | SiteMatcher[] | undefined;
  /** Leave alone what one of these matches. */
  exclude?: SiteMatcher | SiteMatcher[] | undefined;
  /** Default: `relu`, `relu6`, `leakyRelu`, the kinds whose replacement tends to the original as beta -> 1. */
  kinds?: readonly ActivationKind[] | undefined;
  /**
   * [first, end) of the sites' indices, as `Array.prototype.slice` takes them: [0, 3] the first three, [-2] the last
   * two.
   */
  depth?: readonly [first: number, end?: number] | undefined;
}

const matcher: Schema<SiteMatcher> = anyOf(filledText, regExp, func<(site: ActivationSite) => boolean>());
const matchers = anyOf(matcher, listOf(matcher)) as Schema<SiteMatcher | SiteMatcher[]>;

/** The options that choose sites, as every function that takes them checks them. */
export const siteSelectionEntries: Entries<SiteSelection> = {
  include: matchers,
  exclude: matchers,
  kinds: listOf(oneOf(...ACTIVATION_KINDS), { min: 1 }),
  depth: matching(
    (value): value is readonly [number, number?] =>
      Array.isArray(value) &&
      [1, 2].includes(value.length) &&
      Number.isInteger(value[0]) &&
      (value[1] === undefined || Number.isInteger(value[1])),
    { expects: 'a range [first, end) of whole numbers, as slice takes them' },
  ),
};

/** Applies a selection to all activations of a model. */
export class Selector {
  readonly kinds: ReadonlySet<ActivationKind>;
  private readonly include: SiteMatcher[] | undefined;
  private readonly exclude: SiteMatcher[];
  private readonly caller: string;
  private readonly depth: readonly [number, number?] | undefined;

  constructor(caller: string, { include, exclude, kinds = DEFAULT_KINDS, depth }: SiteSelection) {
    this.caller = caller;
    this.kinds = new Set(kinds);
    this.include = include === undefined ? undefined : [include].flat();
    this.exclude = exclude === undefined ? [] : [exclude].flat();
    this.depth = depth;
  }

  /** The selected ones among all the sites of a model. */
  select(sites: readonly ActivationSite[]): ActivationSite[] {
    const inDepth = this.depth === undefined ? sites : sites.slice(...this.depth);
    return inDepth.filter((site) => this.accepts(site));
  }

  /** Whether include and exclude, which do not depend on other sites, let a site through. */
  accepts(site: ActivationSite): boolean {
    const included = this.include === undefined || this.include.some((matcher) => accepts(matcher, site));
    return included && !this.exclude.some((matcher) => accepts(matcher, site));
  }

  /**
   * Throws unless something was selected and every name that the caller gave exists.
   *
   * @param others Other activations of the model, as `name (what)`.
   */
  check(
    modelName: string,
    all: readonly ActivationSite[],
    selected: readonly ActivationSite[],
    others: readonly string[],
  ): void {
    for (const matcher of [...(this.include ?? []), ...this.exclude]) {
      if (
        typeof matcher === 'string' &&
        !all.some((site) => hasName(site, matcher)) &&
        !others.some((other) => other.startsWith(`${matcher} (`))
      ) {
        throw new Error(`${this.caller}: "${matcher}" is no activation of "${modelName}"; ${inventory(all, others)}`);
      }
    }
    if (selected.length === 0) {
      throw new Error(
        `${this.caller}: no activation matched in "${modelName}"; ${inventory(all, others)}; change include, ` +
          'exclude, kinds or depth, or pass a model that has ReLUs',
      );
    }
  }
}

/** Whether a matcher selects a site; strings must equal the old or the new layer name. */
function accepts(matcher: SiteMatcher, site: ActivationSite): boolean {
  if (typeof matcher === 'string') return hasName(site, matcher);
  if (matcher instanceof RegExp) return site.source.search(matcher) !== -1;
  return matcher(site);
}

function hasName(site: ActivationSite, name: string): boolean {
  return site.source === name || site.layer === name;
}

/** What a model has, for error messages. */
function inventory(sites: readonly ActivationSite[], others: readonly string[]): string {
  const list = (names: readonly string[]): string =>
    (names.length > 12 ? [...names.slice(0, 12), `and ${names.length - 12} more`] : names).join(', ');
  const found = sites.length === 0 ? 'it has no ReLU' : `its ReLUs: ${list(sites.map((site) => site.source))}`;
  return others.length === 0 ? found : `${found}; other activations: ${list(others)}`;
}
