/**
 * `adapter_config.json` of PEFT, as far as LoRA needs it. Every field of its `LoraConfig` (0.17 and later, and older
 * ones) is read, ignored because it changes nothing once an adapter is trained, or refused where it is in use.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  checkValue,
  count,
  flag,
  listOf,
  matching,
  nothing,
  objectWith,
  real,
  recordOf,
  show,
  text,
  whole,
} from '@curvature-tuning/checks';
import type { LowRank } from '../lora/lowRank.js';
import type { TargetRules } from './peftTargets.js';
import { patternValue } from './peftTargets.js';

/** The configuration of a LoRA adapter; the fields are PEFT's. */
export interface PeftConfig extends TargetRules {
  peft_type: 'LORA';
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  /** Ranks and alphas of the modules in which they differ; a key is a pattern for a module's name or its end. */
  rank_pattern: Record<string, number>;
  alpha_pattern: Record<string, number>;
  bias: 'none';
  /** How PEFT's layer stores its kernel; A and B are the same. */
  fan_in_fan_out: boolean;
  use_rslora: boolean;
  use_dora: false;
  init_lora_weights: boolean | string;
  inference_mode: boolean;
  task_type: string | null;
  base_model_name_or_path: string | null;
}

/** The configuration of changes by module. */
export function peftConfig(changes: ReadonlyMap<string, LowRank>, saved: string[]): PeftConfig {
  const [first] = changes.values();
  const { rank, alpha, dropout } = first!;
  return {
    peft_type: 'LORA',
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: [...changes.keys()],
    rank_pattern: patternOf('rank_pattern', changes, (lora) => lora.rank, rank),
    alpha_pattern: patternOf('alpha_pattern', changes, (lora) => lora.alpha, alpha),
    modules_to_save: saved.length > 0 ? saved : null,
    bias: 'none',
    fan_in_fan_out: false,
    use_rslora: false,
    use_dora: false,
    init_lora_weights: true,
    inference_mode: true,
    task_type: null,
    base_model_name_or_path: null,
  };
}

/** The values that differ, by names; by patterns that match one name alone where a name is the end of another. */
function patternOf(
  field: 'rank_pattern' | 'alpha_pattern',
  changes: ReadonlyMap<string, LowRank>,
  read: (lora: LowRank) => number,
  usual: number,
): Record<string, number> {
  const differing = [...changes]
    .filter(([, lora]) => read(lora) !== usual)
    .map(([module, lora]) => [module, read(lora)] as const);
  const plain = Object.fromEntries(differing);
  const isExact = [...changes].every(([module, lora]) => (valueOf(field, plain, module) ?? usual) === read(lora));
  return isExact
    ? plain
    : Object.fromEntries(
        differing.map(([module, value]) => [`^${module.replace(/[\^$\\.*+?()[\]{}|]/g, '\\$&')}`, value]),
      );
}

/** The value that PEFT would read; a name that is no pattern has none. */
function valueOf(
  field: 'rank_pattern' | 'alpha_pattern',
  patterns: Record<string, number>,
  module: string,
): number | undefined {
  try {
    return patternValue('getLoraAdapter', field, patterns, module);
  } catch {
    return NaN;
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);
const names = anyOf(text, listOf(text), nothing);
const CURE = 'adapters of this kind are not read; merge it into its model in Python, and load the merged weights';
const absent = (expects: string): Schema =>
  matching((value): value is unknown => isEmpty(value), { expects, cure: CURE });
const unread = absent('null');
const anything = matching((value): value is unknown => value !== undefined, { expects: 'a value' });
/** Any object: what `checkPeftConfig` looks at field by field. */
export const peftObject: Schema<Record<string, unknown>> = matching(
  (value): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value),
  { expects: 'an object of fields' },
);

// Initialisations that draw A and B alone. The others (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) change the kernel that they
// start from.
const initialisation = matching(
  (value): value is boolean | string | null =>
    typeof value === 'boolean' ||
    value === null ||
    (typeof value === 'string' && /^(gaussian|eva|orthogonal|mica)$/i.test(value)),
  {
    expects: "true, false, 'gaussian', 'eva', 'orthogonal' or 'mica'",
    cure:
      'others change the kernels that an adapter belongs to; save it by save_pretrained with ' +
      'path_initial_model_for_weight_conversion',
  },
);

type Needed = Pick<PeftConfig, 'peft_type' | 'r' | 'lora_alpha'>;

/** What the fields must be that no configuration lacks. */
const needed: Entries<Needed> = {
  peft_type: matching((value): value is 'LORA' => value === 'LORA', {
    expects: '"LORA"',
    cure: 'other kinds of adapters are not read',
  }),
  r: count,
  lora_alpha: real(),
};

/** What each field must be. */
const fields: Readonly<Record<string, Schema>> & Entries<Needed> = {
  ...needed,
  lora_dropout: anyOf(real({ min: 0, below: 1 }), nothing),
  target_modules: names,
  exclude_modules: names,
  layers_to_transform: anyOf(whole({ min: 0 }), listOf(whole({ min: 0 })), nothing),
  layers_pattern: names,
  rank_pattern: anyOf(recordOf(count), nothing),
  alpha_pattern: anyOf(recordOf(real()), nothing),
  modules_to_save: anyOf(listOf(text), nothing),
  bias: matching((value): value is 'none' | null => value === 'none' || value === null, {
    expects: '"none"',
    cure: 'biases that were trained are not read',
  }),
  use_rslora: anyOf(flag, nothing),
  init_lora_weights: initialisation,
  // Changes of what a layer computes that are not A·B.
  use_dora: absent('false'),
  lora_bias: absent('false'),
  use_qalora: absent('false'),
  ensure_weight_tying: absent('false'),
  use_bdlora: unread,
  alora_invocation_tokens: unread,
  arrow_config: unread,
  enable_lora: unread,
  kasa_config: unread,
  layer_replication: unread,
  megatron_config: unread,
  monteclora_config: unread,
  target_parameters: unread,
  trainable_token_indices: unread,
  // Of training, of initialisations that are looked at in init_lora_weights, of other places, or of how kernels are
  // stored.
  ...Object.fromEntries(
    [
      ...[
        'auto_mapping',
        'base_model_name_or_path',
        'inference_mode',
        'merge_weights',
        'peft_version',
        'revision',
        'task_type',
      ],
      ...[
        'corda_config',
        'eva_config',
        'fan_in_fan_out',
        'loftq_config',
        'lora_ga_config',
        'megatron_core',
        'qalora_group_size',
        'runtime_config',
        'velora_config',
      ],
    ].map((field) => [field, anything]),
  ),
};

/** A configuration of LoRA as we have it, field by field. */
export const peftConfigSchema = objectWith<Needed>(fields, ['peft_type', 'r', 'lora_alpha']) as Schema<PeftConfig>;

/**
 * Checks that a configuration is one of LoRA as we have it.
 *
 * @throws TypeError or RangeError that names the field, also one that is not known and is in use; Error for fields
 *   that PEFT does not allow together.
 */
export function checkPeftConfig(caller: string, config: unknown): asserts config is PeftConfig {
  const given = config as Readonly<Record<string, unknown>>;
  checkValue(caller, '', peftConfigSchema, config);
  const [unknown] = Object.entries(given).filter(([field, value]) => !Object.hasOwn(fields, field) && !isEmpty(value));
  if (unknown !== undefined)
    throw new TypeError(
      `${caller}: the configuration has the unknown field ${show(unknown[0])} = ${show(unknown[1])}; ${CURE}`,
    );
  const { target_modules: targets, layers_to_transform: layers, layers_pattern: patterns } = given;
  if (typeof targets === 'string' && !(isEmpty(layers) && isEmpty(patterns)))
    throw new Error(
      `${caller}: layers_to_transform and layers_pattern go with a list of target_modules, got ${show(targets)}`,
    );
  if (!isEmpty(patterns) && isEmpty(layers))
    throw new Error(`${caller}: layers_pattern goes with layers_to_transform, got ${show(patterns)} alone`);
}

/**
 * The rank and alpha of a module, by the names that patterns may mean: as in the file, and as in the model, without a
 * prefix.
 */
export function rankAndAlpha(
  caller: string,
  config: PeftConfig,
  names: readonly string[],
): { rank: number; alpha: number } {
  const one = (field: 'rank_pattern' | 'alpha_pattern', usual: number): number => {
    const values = new Set(names.map((name) => patternValue(caller, field, config[field] ?? {}, name) ?? usual));
    if (values.size > 1)
      throw new Error(
        `${caller}: ${field} gives "${names[0]!}" ${[...values].join(' or ')}, by whether its names begin ` +
          'with the prefix that they have in the file; write it for both',
      );
    return [...values][0]!;
  };
  const rank = one('rank_pattern', config.r);
  const alpha = one('alpha_pattern', config.lora_alpha);
  // Rank-stabilised LoRA scales by alpha / sqrt(r), LoRA by alpha / r.
  return { rank, alpha: config.use_rslora ? alpha * Math.sqrt(rank) : alpha };
}
