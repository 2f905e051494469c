/**
 * Which attacks a version of AutoAttack consists of, and their settings.
 */
import { listOf, oneOf, options, satisfying } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { ApgdSettings } from '../attacks/apgd.js';
import { apgdSettings, earlySteps } from '../attacks/apgd.js';
import type { ApgdTargetedSettings } from '../attacks/apgdTargeted.js';
import { apgdTargetedSettings } from '../attacks/apgdTargeted.js';
import type { FabSettings } from '../attacks/fab.js';
import { fabSettings, fabTargetedSettings } from '../attacks/fab.js';
import type { PgdSettings } from '../attacks/pgd.js';
import { pgdSettings } from '../attacks/pgd.js';
import type { SquareSettings } from '../attacks/square/square.js';
import { squareSettings } from '../attacks/square/square.js';
import type { Norm } from '../geometry/norm.js';

/** An attack, as AutoAttack names it, or a classic one. */
export type AttackName = 'fgsm' | 'pgd' | 'apgd-ce' | 'apgd-dlr' | 'apgd-t' | 'fab' | 'fab-t' | 'square';
/** A set of attacks with their settings. */
export type AutoAttackVersion = 'standard' | 'plus' | 'rand' | 'custom';

/** The settings of each attack that differ from its defaults. */
export interface AttackSettings {
  pgd?: PgdSettings | undefined;
  'apgd-ce'?: ApgdSettings | undefined;
  'apgd-dlr'?: ApgdSettings | undefined;
  'apgd-t'?: ApgdTargetedSettings | undefined;
  fab?: Omit<FabSettings, 'targets'> | undefined;
  'fab-t'?: FabSettings | undefined;
  square?: SquareSettings | undefined;
}

export const attackSettings: Schema<AttackSettings> = options<AttackSettings>({
  pgd: pgdSettings,
  'apgd-ce': apgdSettings,
  'apgd-dlr': apgdSettings,
  'apgd-t': apgdTargetedSettings,
  fab: fabSettings,
  'fab-t': fabTargetedSettings,
  square: squareSettings,
});

/** The settings of every attack. */
export type PlannedSettings = { readonly [K in keyof AttackSettings]-?: NonNullable<AttackSettings[K]> };

/** Attacks in their order, and their settings. */
export interface AttackPlan {
  attacks: readonly AttackName[];
  settings: PlannedSettings;
}

export const versionSchema: Schema<AutoAttackVersion> = oneOf('standard', 'plus', 'rand', 'custom');

/** Every attack there is. */
export const ATTACK_NAMES: readonly AttackName[] = [
  'fgsm',
  'pgd',
  'apgd-ce',
  'apgd-dlr',
  'apgd-t',
  'fab',
  'fab-t',
  'square',
];

/** Attacks in their order, none twice. */
export const attackList: Schema<readonly AttackName[]> = satisfying(
  listOf(oneOf(...ATTACK_NAMES), { min: 1 }),
  (names) => new Set(names).size === names.length,
  { expects: 'a list of at least one attack, none twice: fgsm, pgd, apgd-ce, apgd-dlr, apgd-t, fab, fab-t or square' },
);

/** What a plan is made of. */
export interface PlanOptions {
  readonly norm: Norm;
  /** Default: 'standard'. */
  readonly version?: AutoAttackVersion | undefined;
  /** The attacks of version 'custom'. */
  readonly attacks?: readonly AttackName[] | undefined;
  /** Settings that replace the version's own; results are then no longer comparable. */
  readonly settings?: AttackSettings | undefined;
}

/**
 * The plan of a version, as `AutoAttack.set_version` of the original has it:
 *
 * - `standard`: apgd-ce, apgd-t (9 targets), fab-t (9), square (5000 queries); 100 iterations, 1 restart. In L1, APGD
 *   passes through larger balls, apgd-ce has 5 restarts and apgd-t 5 targets.
 * - `plus`: apgd-ce (5 restarts), apgd-dlr (5), fab (5), square, apgd-t, fab-t. For Linf and L2.
 * - `rand`: apgd-ce, apgd-dlr, each step from the mean of 20 gradients.
 * - `custom`: `attacks`, in the given order; 5 restarts of apgd-ce, apgd-dlr and fab, as in the original.
 *
 * @throws TypeError for attacks without version 'custom' or the reverse, and for settings of an attack that is not run;
 *   RangeError where the norm is not one of the version or of an attack.
 */
export function planOf(
  caller: string,
  { version = 'standard', norm, attacks, settings: overrides = {} }: PlanOptions,
): AttackPlan {
  if (version === 'custom' && attacks === undefined)
    throw new TypeError(
      `${caller}: version 'custom' needs a list of attacks, got none; pass {attacks: ['apgd-ce', ...]}`,
    );
  if (version !== 'custom' && attacks !== undefined)
    throw new TypeError(`${caller}: attacks go with version 'custom', got version '${version}'`);
  if (version === 'plus' && norm === 'L1')
    throw new RangeError(`${caller}: version 'plus' is defined for Linf and L2, got L1; use 'standard'`);
  const plan = { standard, plus, rand, custom: (): AttackPlan => ({ attacks: attacks!, settings: many() }) }[version](
    norm,
  );
  const idle = Object.entries(overrides).find(
    ([name, given]) => given !== undefined && !plan.attacks.includes(name as AttackName),
  );
  if (idle !== undefined)
    throw new TypeError(
      `${caller}: settings.${idle[0]} must belong to an attack that is run, got attacks ` +
        `${plan.attacks.join(', ')}; leave it out`,
    );
  if (norm === 'L1' && plan.attacks.includes('pgd'))
    throw new RangeError(`${caller}: pgd needs the norm Linf or L2, got L1; use 'apgd-ce', whose steps are sparse`);
  const settings = Object.fromEntries(
    Object.entries(plan.settings).map(([name, own]) => [name, merged(own, overrides[name as keyof AttackSettings])]),
  ) as PlannedSettings;
  for (const name of ['apgd-ce', 'apgd-dlr', 'apgd-t'] as const)
    if (plan.attacks.includes(name)) checkStages(caller, norm, name, settings[name]);
  return { attacks: plan.attacks, settings };
}

/** The given settings over a version's own; what is undefined is left out. */
function merged<T extends object>(own: T, given: T = {} as T): T {
  return { ...own, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/**
 * With larger balls, the last of three runs stays in the ball itself: without a step of its own the attack does
 * nothing.
 */
function checkStages(
  caller: string,
  norm: Norm,
  name: string,
  { iterations = 100, largerEps = false }: ApgdSettings,
): void {
  if (norm !== 'L1' || !largerEps || iterations > 2 * earlySteps(iterations)) return;
  throw new RangeError(
    `${caller}: settings["${name}"].iterations must be 3 or at least 5 with largerEps, got ${iterations}: ` +
      'none would be left for the ball itself',
  );
}

function many(): PlannedSettings {
  return {
    pgd: {},
    'apgd-ce': { restarts: 5 },
    'apgd-dlr': { restarts: 5 },
    'apgd-t': { targets: 9 },
    fab: { restarts: 5 },
    'fab-t': { targets: 9 },
    square: { queries: 5000 },
  };
}

function standard(norm: Norm): AttackPlan {
  const l1 = norm === 'L1';
  return {
    attacks: ['apgd-ce', 'apgd-t', 'fab-t', 'square'],
    settings: {
      ...many(),
      'apgd-ce': l1 ? { restarts: 5, largerEps: true } : { restarts: 1 },
      'apgd-t': l1 ? { targets: 5, largerEps: true } : { targets: 9 },
    },
  };
}

function plus(): AttackPlan {
  // In the original, restarts are a setting of FAB as a whole, and FAB-T sets them to 1.
  return { attacks: ['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t'], settings: many() };
}

function rand(): AttackPlan {
  const settings = { restarts: 1, eotIterations: 20 };
  return { attacks: ['apgd-ce', 'apgd-dlr'], settings: { ...many(), 'apgd-ce': settings, 'apgd-dlr': settings } };
}
