/**
 * The keys of an adapter's tensors: `base_model.model.MODULE.lora_A.weight` as PEFT saves them, and what else is in
 * use, with the adapter's name inside (`lora_A.default.weight`), without PEFT's prefix, or with one of another tool
 * (`unet.`, `transformer.`).
 */

/** What a key says. */
export interface AdapterKey {
  key: string;
  /** The module's name as PEFT has it, behind `base_model.model.`. */
  module: string;
  /** Which factor it is, or a weight that is saved whole. */
  part: 'A' | 'B' | { whole: string };
}

/** The keys, and what stands before the names of the model in all of them. */
export interface AdapterKeys {
  keys: readonly AdapterKey[];
  prefix: string;
}

/**
 * Reads the keys of an adapter for a model.
 *
 * The prefix is the shortest behind which every module of a factor is one of the model's; where there is none, the one
 * behind which most are, whose keys the caller will refuse one by one.
 *
 * @param modules The names of the model's modules.
 * @throws Error, with a key and what was expected of it, where no module is the model's, two prefixes fit, or a file
 * holds two adapters.
 */
export function readKeys(caller: string, given: Iterable<string>, modules: ReadonlySet<string>): AdapterKeys {
  const names = [...given];
  const adapters = new Set<string>();
  const keys = names.map((key): AdapterKey => {
    const own = key.replace(/^(?:.*?\.)?base_model\.model\./, '');
    const [, module, factor, adapter] = /^(.*)\.lora_([AB])(?:\.([^.]+))?\.weight$/.exec(own) ?? [];
    if (module !== undefined) {
      adapters.add(adapter ?? '');
      return { key, module, part: factor as 'A' | 'B' };
    }
    const [, outer = '', name = own] = /^(.*)\.([^.]+)$/.exec(own) ?? [];
    return { key, module: outer.replace(/\.modules_to_save(\.[^.]+)?$/, ''), part: { whole: name } };
  });
  const factors = keys.filter(({ part }) => typeof part === 'string');
  const known = [...modules].slice(0, 6).join(', ') + (modules.size > 6 ? ', ...' : '');
  const expected =
    `expected keys such as "base_model.model.${[...modules][0] ?? 'MODULE'}.lora_A.weight", of the ` +
    `modules ${known}`;
  if (factors.length === 0)
    throw new Error(
      `${caller}: it has no lora_A.weight: ${expected}; got ${
        names.length === 0
          ? 'none'
          : names
              .slice(0, 3)
              .map((key) => `"${key}"`)
              .join(', ')
      }`,
    );
  if (adapters.size > 1)
    throw new Error(
      `${caller}: expected one adapter, got keys of ` +
        `${[...adapters].map((name) => (name === '' ? 'one without a name' : `"${name}"`)).join(' and ')}, ` +
        `such as "${factors[0]!.key}"; pass the tensors of one`,
    );
  const counts = prefixesOf(factors, modules);
  const [best] = counts;
  if (best === undefined)
    throw new Error(
      `${caller}: no key names a module of the model: ${expected}; got "${factors[0]!.key}"; name the ` +
        `layers' modules by {moduleOf}, or take the prefix off the keys`,
    );
  const rivals = counts.filter(({ count }) => count === best.count).map(({ prefix }) => prefix);
  if (best.prefix !== '' && rivals.length > 1)
    throw new Error(
      `${caller}: the keys, such as "${factors[0]!.key}", fit the model behind ` +
        `${rivals.map((prefix) => `"${prefix}"`).join(' and ')}; take the prefix off the keys`,
    );
  return { keys, prefix: best.prefix };
}

/** What may be taken off the modules' names, and how many then are the model's; most first, none without any. */
function prefixesOf(factors: readonly AdapterKey[], modules: ReadonlySet<string>): { prefix: string; count: number }[] {
  const prefixes = new Set(
    factors.flatMap(({ module }) =>
      module.split('.').map((_, at, segments) =>
        segments
          .slice(0, at)
          .map((segment) => `${segment}.`)
          .join(''),
      ),
    ),
  );
  return [...prefixes]
    .map((prefix) => ({
      prefix,
      count: factors.filter(({ module }) => module.startsWith(prefix) && modules.has(module.slice(prefix.length)))
        .length,
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.prefix.length - b.prefix.length);
}
