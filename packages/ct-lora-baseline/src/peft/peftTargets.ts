/**
 * Which modules a configuration of PEFT means: `check_target_module_exists` and `get_pattern_key` of PEFT 0.17 and
 * later, rule by rule. Patterns are Python's.
 */
import { fromPython } from './pythonPattern.js';

/** The fields of a configuration that say which modules it means. */
export interface TargetRules {
  /** Names of modules or the ends of them, a pattern for whole names, or `'all-linear'`. */
  target_modules: string[] | string | null;
  /** The same, of what is left alone. */
  exclude_modules?: string[] | string | null;
  /** Numbers of the layers, in names such as `layers.3.fc`, to which the ends in `target_modules` are confined. */
  layers_to_transform?: number[] | number | null;
  /** What comes before the number. */
  layers_pattern?: string[] | string | null;
  /** Modules that are saved whole. */
  modules_to_save: string[] | null;
}

/** A module by PEFT's name, which may have a prefix that the names of our model lack. */
export interface NamedModule {
  name: string;
  isLinear: boolean;
}

/**
 * Whether PEFT gives a module a low-rank change, and if not, the field of the configuration that says so.
 *
 * A list names modules by their names or the ends of them that begin behind a dot; a string is a pattern for whole
 * names, or `all-linear`. A module that is excluded, or saved whole, is none; so is one that a list names by its end
 * and whose layer's number is not in `layers_to_transform`.
 */
export function targetFault(caller: string, config: TargetRules, { name, isLinear }: NamedModule): string | undefined {
  const { target_modules: targets, exclude_modules: excluded, modules_to_save: saved } = config;
  if (typeof excluded === 'string' && excluded !== '' && wholly(caller, 'exclude_modules', excluded).test(name))
    return 'exclude_modules';
  if (Array.isArray(excluded) && excluded.some((end) => endsWith(name, end))) return 'exclude_modules';
  // PEFT also looks at ends of names here; in a file that has factors for the module, such an end means another one.
  if (saved?.includes(name) === true) return 'modules_to_save';
  // Without targets PEFT has a table of architectures, which the tensors stand in for.
  if (targets === null || targets === undefined) return undefined;
  if (typeof targets === 'string') {
    const isTarget =
      targets.toLowerCase() === 'all-linear' ? isLinear : wholly(caller, 'target_modules', targets).test(name);
    return isTarget ? undefined : 'target_modules';
  }
  if (targets.includes(name)) return undefined;
  if (!targets.some((end) => endsWith(name, end))) return 'target_modules';
  return isTransformed(caller, config, name) ? undefined : 'layers_to_transform';
}

function isTransformed(
  caller: string,
  { layers_to_transform: layers, layers_pattern: patterns }: TargetRules,
  name: string,
): boolean {
  const numbers = typeof layers === 'number' ? [layers] : (layers ?? []);
  if (numbers.length === 0) return true;
  const named = typeof patterns === 'string' ? [patterns] : (patterns ?? []);
  const list = named
    .filter((one) => one !== '')
    .map((one) => pattern({ caller, field: 'layers_pattern' }, one, (source) => `^.*?\\.${source}\\.(\\d+)\\.`));
  const found = (list.length > 0 ? list : [/^.*?\.[^.]*\.(\d+)\./u])
    .map((one) => one.exec(name))
    .find((match) => match !== null);
  return found !== undefined && numbers.includes(Number(found[1]));
}

/**
 * The value of a module in `rank_pattern` or `alpha_pattern`: that of the first key that, as a pattern, matches the
 * name or an end of it behind a dot.
 *
 * @throws Error where JavaScript, which puts keys that are numbers first, cannot tell which of two came first.
 */
export function patternValue(
  caller: string,
  field: 'rank_pattern' | 'alpha_pattern',
  patterns: Readonly<Record<string, number>>,
  name: string,
): number | undefined {
  const matching = Object.keys(patterns).filter((key) =>
    pattern({ caller, field }, key, (source) => `^(.*\\.)?(${source})$`).test(name),
  );
  const values = new Set(matching.map((key) => patterns[key]));
  if (values.size > 1 && matching.some((key) => /^\d+$/.test(key))) {
    throw new Error(
      `${caller}: ${field}: ${matching.map((key) => JSON.stringify(key)).join(' and ')} both match ` +
        `"${name}"; keep one of them`,
    );
  }
  // PEFT looks the name itself up where no pattern matches.
  return matching.length > 0 ? patterns[matching[0]!] : Object.hasOwn(patterns, name) ? patterns[name] : undefined;
}

function endsWith(name: string, end: string): boolean {
  return name === end || name.endsWith(`.${end}`);
}

/** A pattern that must match a whole name. */
function wholly(caller: string, field: string, python: string): RegExp {
  return pattern({ caller, field }, python, (source) => `^(?:${source})$`, true);
}

function pattern(
  { caller, field }: { caller: string; field: string },
  python: string,
  around: (source: string) => string,
  mayHaveFlags = false,
): RegExp {
  try {
    const { source, flags } = fromPython(python, { flags: mayHaveFlags });
    return new RegExp(around(source), flags);
  } catch (error) {
    throw new Error(
      `${caller}: ${field}: the pattern ${JSON.stringify(python)} cannot be read: ` +
        `${(error as Error).message}; write the names of the modules`,
      { cause: error },
    );
  }
}
