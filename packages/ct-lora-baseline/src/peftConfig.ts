/**
 * `adapter_config.json` of PEFT, as far as LoRA needs it.
 */
import type { LowRank } from './lowRank.js';

/** The configuration of a LoRA adapter; the fields are PEFT's. */
export interface PeftConfig {
  peft_type: 'LORA';
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  target_modules: string[];
  /** Ranks and alphas of the modules in which they differ; a key is the end of a module's path. */
  rank_pattern: Record<string, number>;
  alpha_pattern: Record<string, number>;
  /** Modules that are saved whole. */
  modules_to_save: string[] | null;
  bias: 'none';
  fan_in_fan_out: false;
  use_rslora: boolean;
  use_dora: false;
  init_lora_weights: boolean;
  inference_mode: boolean;
  task_type: string | null;
  base_model_name_or_path: string | null;
}

/** The configuration of changes by module. */
export function peftConfig(changes: ReadonlyMap<string, LowRank>, saved: string[]): PeftConfig {
  const [first] = changes.values();
  const { rank, alpha, dropout } = first!;
  const differing = (of: (lora: LowRank) => number, usual: number): Record<string, number> => Object.fromEntries([...changes].flatMap(([module, lora]) => (of(lora) === usual ? [] : [[module, of(lora)]])));
  return {
    peft_type: 'LORA',
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: [...changes.keys()],
    rank_pattern: differing((lora) => lora.rank, rank),
    alpha_pattern: differing((lora) => lora.alpha, alpha),
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

/** Throws unless a configuration is one of LoRA as we have it. */
export function checkPeftConfig(caller: string, config: PeftConfig): void {
  const expected = { peft_type: 'LORA', bias: 'none', use_dora: false } as const;
  for (const [field, value] of Object.entries(expected)) {
    const got: unknown = config[field as keyof typeof expected];
    if (got !== value && !(got === undefined && field !== 'peft_type')) throw new Error(`${caller}: ${field} must be ${JSON.stringify(value)}, got ${JSON.stringify(got)}; other kinds of adapters are not read`);
  }
  for (const field of ['r', 'lora_alpha'] as const) {
    if (!Number.isFinite(config[field])) throw new Error(`${caller}: ${field} must be a number, got ${JSON.stringify(config[field])}`);
  }
}

/** The alpha that gives a module its scale; rank-stabilised LoRA scales by alpha / sqrt(r). */
export function alphaFor({ lora_alpha, alpha_pattern = {}, use_rslora = false }: PeftConfig, module: string, rank: number): number {
  const key = Object.keys(alpha_pattern).find((end) => module === end || module.endsWith(`.${end}`));
  const alpha = key === undefined ? lora_alpha : alpha_pattern[key]!;
  return use_rslora ? alpha * Math.sqrt(rank) : alpha;
}
