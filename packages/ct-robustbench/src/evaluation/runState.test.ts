import { describe, expect, it } from 'vitest';
import type { Evaluated } from './runState.js';
import { RunState } from './runState.js';

const of = (more: Partial<Evaluated> = {}): Evaluated => ({
  key: { norm: 'Linf', eps: 0.1 },
  answers: Float32Array.of(1, 2),
  attacks: ['apgd-ce', 'square'],
  images: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
  labels: Int32Array.of(0, 1, 2),
  classes: 3,
  ...more,
});

/** A run that has done `attacks`: image 0 was always wrong, image 1 fell to the first attack, image 2 stands. */
function done(attacks: 0 | 1 = 1, pending: number[] = [0, 0, 0]): RunState {
  const state = new RunState(of());
  state.predictions.set([1, attacks === 1 ? 2 : 1, 2]);
  state.robust.set([0, attacks === 1 ? 0 : 1, 1]);
  state.accuracyAfter.clean = 2 / 3;
  state.pending.set(pending);
  if (attacks === 0) return state;
  state.attacksDone = ['apgd-ce'];
  state.accuracyAfter['apgd-ce'] = 1 / 3;
  state.seconds = { 'apgd-ce': 2.5 };
  state.fooledBy[1] = 0;
  state.adversarial.set([0.35, 0.45], 2);
  return state;
}

describe('RunState', () => {
  it('begins with clean images of which nothing is known', () => {
    const state = new RunState(of());
    expect([...state.adversarial]).toEqual([...of().images]);
    expect([[...state.robust], [...state.fooledBy], state.attacksDone]).toEqual([[0, 0, 0], [-1, -1, -1], []]);
  });

  it('is restored whole, adversarial examples in place of the images that fell', () => {
    const state = done();
    const restored = new RunState(of());
    restored.restore(state.serialize());
    for (const field of ['robust', 'pending', 'fooledBy', 'predictions', 'adversarial'] as const)
      expect([...restored[field]]).toEqual([...state[field]]);
    const facts = ({ attacksDone, accuracyAfter, seconds }: RunState): unknown => ({
      attacksDone,
      accuracyAfter,
      seconds,
    });
    expect(facts(restored)).toEqual(facts(state));
  });

  it('refuses the state of another evaluation, and of a model that answers otherwise', () => {
    const bytes = done().serialize();
    expect(() => new RunState(of({ key: { norm: 'L2', eps: 0.1 } })).restore(bytes)).toThrow(
      'belongs to another evaluation',
    );
    expect(() => new RunState(of({ answers: Float32Array.of(1, 3) })).restore(bytes)).toThrow(/autoAttack: /);
  });

  it('refuses flags that contradict each other, by the image', () => {
    const refused = (change: (state: RunState) => void): string => {
      const state = done();
      change(state);
      try {
        new RunState(of()).restore(state.serialize());
        return 'restored';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refused((state) => (state.robust[0] = 1))).toContain('the flags of image 0 contradict each other');
    expect(refused((state) => (state.pending[1] = 1))).toContain('the flags of image 1 contradict each other');
    expect(refused((state) => (state.predictions[2] = 0))).toContain('the flags of image 2 contradict each other');
    // An attack that has not begun fooled nobody.
    expect(refused((state) => (state.fooledBy[1] = 2))).toContain('the flags of image 1 contradict each other');
  });

  it('refuses accuracies that are not those of the flags, and every damaged byte', () => {
    const state = done();
    state.accuracyAfter['apgd-ce'] = 2 / 3;
    expect(() => new RunState(of()).restore(state.serialize())).toThrow('progress.accuracyAfter.apgd-ce must be');
    const bytes = done().serialize();
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = bytes.slice();
      damaged[at]! ^= 2;
      expect(() => new RunState(of()).restore(damaged)).toThrow(/^autoAttack: /);
    }
  });

  it('tells whether another run of the same evaluation is further', () => {
    const [none, some, more] = [done(0), done(0, [0, 1, 1]), done(0, [0, 0, 1])];
    const isBehind = (own: RunState, stored: RunState): boolean => own.isBehind(stored.serialize());
    expect([isBehind(none, done()), isBehind(done(), none)]).toEqual([true, false]);
    // Fewer left of the same attack is further; none left is before its first batch.
    expect([isBehind(some, more), isBehind(more, some), isBehind(some, none), isBehind(none, some)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
