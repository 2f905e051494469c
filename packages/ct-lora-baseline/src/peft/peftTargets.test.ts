import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PeftConfig } from './peftConfig.js';
import { patternValue, targetFault } from './peftTargets.js';

/** What PEFT's own functions say, written by tools/golden/reference/peft_rules.py. */
const rules = JSON.parse(readFileSync(new URL('../../test/golden/peft/rules.json', import.meta.url), 'utf8')) as {
  names: string[];
  targets: { config: Partial<PeftConfig>; targeted: string[] }[];
  patterns: { pattern: Record<string, number>; values: Record<string, number> }[];
};
const faultOf = (config: Partial<PeftConfig>, name: string, isLinear = true): string | undefined =>
  targetFault('test', config as PeftConfig, { name, isLinear });

describe('targetFault', () => {
  it.each(rules.targets.map(({ config, targeted }) => [JSON.stringify(config), config, targeted] as const))(
    'takes the modules that PEFT takes for %s',
    (_, config, targeted) => {
      expect(rules.names.filter((name) => faultOf(config, name) === undefined)).toEqual(targeted);
    },
  );

  it('takes linear layers alone for all-linear, in any case of letters', () => {
    for (const target_modules of ['all-linear', 'All-Linear']) {
      expect(faultOf({ target_modules }, 'fc')).toBeUndefined();
      expect(faultOf({ target_modules }, 'conv', false)).toBe('target_modules');
    }
  });

  it('names the field that speaks against a module', () => {
    expect(faultOf({ target_modules: ['fc'] }, 'layer1')).toBe('target_modules');
    expect(faultOf({ target_modules: ['fc'], exclude_modules: 'f.' }, 'fc')).toBe('exclude_modules');
    expect(faultOf({ target_modules: ['fc'], modules_to_save: ['fc'] }, 'fc')).toBe('modules_to_save');
    expect(faultOf({ target_modules: ['fc'], layers_to_transform: 0 }, 'a.layers.1.fc')).toBe('layers_to_transform');
  });

  it('takes all without target_modules: PEFT has a table of architectures then', () => {
    expect(faultOf({}, 'fc')).toBeUndefined();
    expect(faultOf({ target_modules: null }, 'fc')).toBeUndefined();
  });

  it('refuses a pattern that it cannot read, by field and part', () => {
    expect(() => faultOf({ target_modules: '(?>fc)' }, 'fc')).toThrow(
      'test: target_modules: the pattern "(?>fc)" cannot be read: "(?>fc" has no counterpart in JavaScript; ' +
        'write the names of the modules',
    );
    expect(() => faultOf({ target_modules: ['fc'], exclude_modules: '(' }, 'fc')).toThrow(
      'test: exclude_modules: the pattern "(" cannot be read: Invalid regular expression',
    );
    expect(() => faultOf({ target_modules: ['fc'], layers_to_transform: 0, layers_pattern: '[' }, 'a.fc')).toThrow(
      'test: layers_pattern: the pattern "["',
    );
  });
});

describe('patternValue', () => {
  it.each(rules.patterns.map(({ pattern, values }) => [JSON.stringify(pattern), pattern, values] as const))(
    'takes the value that PEFT takes from %s',
    (_, pattern, values) => {
      const given = rules.names
        .map((name) => [name, patternValue('test', 'alpha_pattern', pattern, name)] as const)
        .filter(([, value]) => value !== undefined);
      expect(Object.fromEntries(given)).toEqual(values);
    },
  );

  it('refuses what it cannot put into the order of the file', () => {
    expect(() => patternValue('test', 'alpha_pattern', { '.*': 1, 0: 2 }, 'layers.0')).toThrow(
      'test: alpha_pattern: "0" and ".*" both match "layers.0"; keep one of them',
    );
    expect(patternValue('test', 'alpha_pattern', { '.*': 1, 0: 1 }, 'layers.0')).toBe(1);
  });

  it('refuses flags, as Python does behind a group', () => {
    expect(() => patternValue('test', 'rank_pattern', { '(?i)FC': 1 }, 'fc')).toThrow(
      'test: rank_pattern: the pattern "(?i)FC" cannot be read',
    );
  });
});
