import { describe, expect, it } from 'vitest';
import { planOf } from './versions.js';

describe('planOf', () => {
  it('standard is AutoAttack as published', () => {
    const { attacks, settings } = planOf('f', { norm: 'Linf' });
    expect(attacks).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square']);
    expect(settings).toMatchObject({
      'apgd-ce': { restarts: 1 },
      'apgd-t': { targets: 9 },
      'fab-t': { targets: 9 },
      square: { queries: 5000 },
    });
  });

  it('in L1 it passes through larger balls, with more restarts and fewer targets', () => {
    const { settings } = planOf('f', { norm: 'L1' });
    expect(settings['apgd-ce']).toEqual({ restarts: 5, largerEps: true });
    expect(settings['apgd-t']).toEqual({ targets: 5, largerEps: true });
  });

  it('rand takes each step from the mean of 20 gradients', () => {
    const { attacks, settings } = planOf('f', { norm: 'L2', version: 'rand' });
    expect(attacks).toEqual(['apgd-ce', 'apgd-dlr']);
    expect(settings['apgd-dlr']).toEqual({ restarts: 1, eotIterations: 20 });
  });

  it('settings replace those of the version one by one; undefined leaves them', () => {
    const { settings } = planOf('f', {
      norm: 'Linf',
      version: 'plus',
      settings: { 'apgd-ce': { iterations: 7, restarts: undefined } },
    });
    expect(settings['apgd-ce']).toEqual({ restarts: 5, iterations: 7 });
  });

  it.each([
    [{ norm: 'Linf', version: 'custom' }, "f: version 'custom' needs a list of attacks"],
    [{ norm: 'Linf', attacks: ['fab'] }, "attacks go with version 'custom', got version 'standard'"],
    [{ norm: 'L1', version: 'plus' }, "version 'plus' is defined for Linf and L2, got L1"],
    [{ norm: 'L1', version: 'custom', attacks: ['pgd'] }, 'pgd needs the norm Linf or L2, got L1'],
    [{ norm: 'Linf', settings: { fab: { restarts: 1 } } }, 'settings.fab must belong to an attack that is run'],
    [{ norm: 'L1', settings: { 'apgd-ce': { iterations: 4 } } }, 'iterations must be 3 or at least 5 with largerEps'],
  ] as const)('refuses %j', (options, message) => {
    expect(() => planOf('f', options)).toThrow(message);
  });
});
