import { describe, expect, it } from 'vitest';
import { readState, writeState } from './urlState.ts';

const fields = {
  beta: { initial: 0.9, low: 0, high: 1, step: 0.001 },
  seed: { initial: 1, low: 0, high: 99, step: 1 },
  set: { initial: 'moons', oneOf: ['moons', 'xor'] },
} as const;

describe('state in the address', () => {
  it('is read back as it was written', () => {
    const state = { beta: 0.123, seed: 7, set: 'xor' } as const;
    expect(readState(fields, writeState(fields, state))).toEqual(state);
  });

  it('leaves out what is as it would be without', () => {
    expect(writeState(fields, { beta: 0.9, seed: 1, set: 'moons' })).toBe('');
    expect(writeState(fields, { beta: 0.5000000001, seed: 1, set: 'moons' })).toBe('?beta=0.5');
  });

  it.each(['?beta=2', '?beta=x', '?beta=', '?set=toString', '?seed=-1&seed=3', '?beta=NaN', '?unknown=1'])(
    'takes %s as not said',
    (query) => expect(readState(fields, query)).toEqual({ beta: 0.9, seed: 1, set: 'moons' }),
  );
});
