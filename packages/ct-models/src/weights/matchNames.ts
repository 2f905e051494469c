/**
 * Which entry of a PyTorch file belongs to which entry of a model. A training script that wraps its network, by
 * DataParallel (`module.`), torch.compile (`_orig_mod.`), Lightning (`model.`) or a class of its own, puts a prefix
 * before all names of it; so does a model that is part of another. What counts is that the names behind the prefix
 * agree, not what it is called.
 */

import type { TorchEntry } from './torchEntries.js';

/** Names of the file by the entries of the model. */
export interface NameMatch {
  /** The name in the file of every entry that the file has. */
  readonly found: ReadonlyMap<TorchEntry, string>;
  /** The names that the file should have and has not. */
  readonly missing: readonly string[];
  /** What stands before the names of each network, by its path in the model with dots (`''`: the model itself). */
  readonly prefixes: Readonly<Record<string, string>>;
  /** Why no prefix was chosen, or one name would go to two entries. */
  readonly ambiguous: readonly string[];
}

/**
 * Finds the prefix of each network of a model, and with it the names.
 *
 * The prefix is the one behind which most names of the network follow; among equals the one that says most of the
 * network's path and least besides. Two that are equal in this, too, are reported, and none is taken. A prefix that is
 * not the network's path must have at least half of the network's names, or begin every name of the file: a few equal
 * names are chance.
 */
export function matchNames(entries: readonly TorchEntry[], names: Iterable<string>): NameMatch {
  const file = withoutWrappers([...names]);
  const found = new Map<TorchEntry, string>();
  const missing: string[] = [];
  const prefixes: Record<string, string> = {};
  const ambiguous: string[] = [];
  const takers = new Map<string, TorchEntry>();
  for (const [path, group] of groupBy(entries, ({ network }) => network.join('.'))) {
    const best = bestPrefixes(path, group, file);
    if (best.length > 1) {
      ambiguous.push(
        `the names of ${path === '' ? 'the model' : `"${path}"`} fit behind ` +
          `${best.map((prefix) => JSON.stringify(prefix)).join(' and ')}`,
      );
      continue;
    }
    const [prefix] = best;
    if (prefix !== undefined) prefixes[path] = asWritten(prefix, group, file);
    for (const entry of group) {
      const name = prefix === undefined ? undefined : file.get(prefix + entry.own);
      const taker = name === undefined ? undefined : takers.get(name);
      if (name === undefined) missing.push(prefix === undefined ? entry.name : `${prefixes[path]}${entry.own}`);
      else if (taker !== undefined) ambiguous.push(`${name} would go to ${taker.name} and to ${entry.name}`);
      else {
        found.set(entry, name);
        takers.set(name, entry);
      }
    }
  }
  return { found, missing, prefixes, ambiguous };
}

/** The best prefix of a network; several where they are equally good, none where none is good enough. */
function bestPrefixes(path: string, group: readonly TorchEntry[], file: ReadonlyMap<string, string>): string[] {
  const counts = new Map<string, number>();
  const owns = new Set(group.map(({ own }) => own));
  for (const name of file.keys()) {
    // Every end of a name that begins behind a dot may be one of the network's, or behind an underscore at its
    // beginning, which tfjs allows no layer.
    for (let at = 0; ; at = name.indexOf('.', at) + 1) {
      for (const start of name[at] === '_' ? [at, at + 1] : [at]) {
        const prefix = name.slice(0, start);
        if (owns.has(name.slice(start))) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      }
      if (name.indexOf('.', at) === -1) break;
    }
  }
  const words = path === '' ? [] : path.split('.');
  const candidates = [...counts]
    .map(([prefix, count]) => {
      const segments = prefix.split('.').slice(0, -1);
      const said = commonLength(segments, words);
      return { prefix, count, said, besides: segments.length - said };
    })
    .filter(
      ({ prefix, count, besides }) =>
        besides === 0 || 2 * count >= group.length || [...file.keys()].every((name) => name.startsWith(prefix)),
    );
  candidates.sort((a, b) => b.count - a.count || b.said - a.said || a.besides - b.besides);
  const [first] = candidates;
  return candidates
    .filter(({ count, said, besides }) => count === first?.count && said === first.said && besides === first.besides)
    .map(({ prefix }) => prefix);
}

/** The length of the longest common subsequence. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  if (a[0] === b[0]) return 1 + commonLength(a.slice(1), b.slice(1));
  return Math.max(commonLength(a.slice(1), b), commonLength(a, b.slice(1)));
}

const WRAPPERS = new Set(['_orig_mod', '_fsdp_wrapped_module', '_checkpoint_wrapped_module']);

/**
 * The names as they were before PyTorch wrapped single modules (compiled, sharded, checkpointed), to the names as the
 * file has them. Two that would become one stay as they are.
 */
function withoutWrappers(names: readonly string[]): Map<string, string> {
  const bare = new Map<string, string>();
  for (const [short, group] of groupBy(names, (name) =>
    name
      .split('.')
      .filter((segment) => !WRAPPERS.has(segment))
      .join('.'),
  )) {
    for (const name of group) bare.set(group.length === 1 ? short : name, name);
  }
  return bare;
}

/** A prefix with the wrappers that the file has in it. */
function asWritten(prefix: string, group: readonly TorchEntry[], file: ReadonlyMap<string, string>): string {
  for (const { own } of group) {
    const name = file.get(prefix + own);
    if (name?.endsWith(own) === true) return name.slice(0, name.length - own.length);
  }
  return prefix;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
