/**
 * Which attacks a version of AutoAttack consists of, and their settings.
 */
import type { ApgdTargetedSettings } from './attacks/apgdTargeted.js';
import type { ApgdSettings } from './attacks/apgd.js';
import type { FabSettings } from './attacks/fab.js';
import type { SquareSettings } from './attacks/square.js';
import type { PgdSettings } from './attacks/pgd.js';
import type { Norm } from './norm.js';

export type AttackName = 'fgsm' | 'pgd' | 'apgd-ce' | 'apgd-dlr' | 'apgd-t' | 'fab' | 'fab-t' | 'square';
export type AutoAttackVersion = 'standard' | 'plus' | 'rand' | 'custom';

/** The settings of each attack that differ from its defaults. */
export interface AttackSettings {
  pgd?: PgdSettings;
  'apgd-ce'?: ApgdSettings;
  'apgd-dlr'?: ApgdSettings;
  'apgd-t'?: ApgdTargetedSettings;
  fab?: Omit<FabSettings, 'targets'>;
  'fab-t'?: FabSettings;
  square?: SquareSettings;
}

export interface AttackPlan {
  attacks: readonly AttackName[];
  settings: Required<AttackSettings>;
}

/** Every attack there is. */
export const attackNames: readonly AttackName[] = ['fgsm', 'pgd', 'apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square'];

/**
 * The plan of a version, as `AutoAttack.set_version` of the original has it:
 *
 * - `standard`: apgd-ce, apgd-t (9 targets), fab-t (9), square (5000 queries); 100 iterations, 1 restart. In L1, APGD
 *   passes through larger balls, apgd-ce has 5 restarts and apgd-t 5 targets.
 * - `plus`: apgd-ce (5 restarts), apgd-dlr (5), fab (5), square, apgd-t, fab-t. For Linf and L2.
 * - `rand`: apgd-ce, apgd-dlr, each step from the mean of 20 gradients.
 * - `custom`: `attacks`, in the given order; 5 restarts of apgd-ce, apgd-dlr and fab, as in the original.
 *
 * @param overrides Settings that replace the version's own; results are then no longer comparable.
 */
export function planOf(version: AutoAttackVersion, norm: Norm, attacks: readonly AttackName[] | undefined, overrides: AttackSettings = {}): AttackPlan {
  if (version === 'custom' && (attacks === undefined || attacks.length === 0)) throw new TypeError("autoAttack: version 'custom' needs a list of attacks, got none; pass {attacks: ['apgd-ce', ...]}");
  if (version !== 'custom' && attacks !== undefined) throw new TypeError(`autoAttack: attacks go with version 'custom', got version '${version}'`);
  for (const name of [...(attacks ?? []), ...(Object.keys(overrides) as AttackName[])]) {
    if (!attackNames.includes(name)) throw new TypeError(`autoAttack: attacks must be among ${attackNames.join(', ')}, got ${String(name)}`);
  }
  const versionOf = { standard, plus, rand, custom: (): AttackPlan => ({ attacks: attacks!, settings: many() }) };
  if (!Object.hasOwn(versionOf, version)) throw new TypeError(`autoAttack: version must be standard, plus, rand or custom, got ${String(version)}`);
  const plan = versionOf[version](norm);
  const settings = Object.fromEntries(Object.entries(plan.settings).map(([name, own]) => [name, { ...own, ...overrides[name as keyof AttackSettings] }]));
  return { attacks: plan.attacks, settings: settings as Required<AttackSettings> };
}

function many(): Required<AttackSettings> {
  return { pgd: {}, 'apgd-ce': { restarts: 5 }, 'apgd-dlr': { restarts: 5 }, 'apgd-t': { targets: 9 }, fab: { restarts: 5 }, 'fab-t': { targets: 9 }, square: { queries: 5000 } };
}

function standard(norm: Norm): AttackPlan {
  const l1 = norm === 'L1';
  return {
    attacks: ['apgd-ce', 'apgd-t', 'fab-t', 'square'],
    settings: { ...many(), 'apgd-ce': l1 ? { restarts: 5, largerEps: true } : { restarts: 1 }, 'apgd-t': l1 ? { targets: 5, largerEps: true } : { targets: 9 } },
  };
}

function plus(norm: Norm): AttackPlan {
  if (norm === 'L1') throw new TypeError("autoAttack: version 'plus' is defined for Linf and L2, got L1; use 'standard'");
  // In the original, restarts are a setting of FAB as a whole, and FAB-T sets them to 1.
  return { attacks: ['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t'], settings: many() };
}

function rand(): AttackPlan {
  const settings = { restarts: 1, eotIterations: 20 };
  return { attacks: ['apgd-ce', 'apgd-dlr'], settings: { ...many(), 'apgd-ce': settings, 'apgd-dlr': settings } };
}
