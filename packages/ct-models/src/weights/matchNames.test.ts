import { describe, expect, it } from 'vitest';
import { matchNames } from './matchNames.js';
import type { TorchEntry } from './torchEntries.js';

/** Entries as far as names go. */
function entriesOf(owns: readonly string[], network: readonly string[] = []): TorchEntry[] {
  return owns.map((own) => ({ network, own, name: [...network, own].join('.') }) as unknown as TorchEntry);
}

const OWNS = ['conv1.weight', 'bn1.weight', 'bn1.bias', 'fc.weight'];

/** What was found, by name. */
function found(entries: readonly TorchEntry[], names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...matchNames(entries, names).found].map(([{ name }, file]) => [name, file]));
}

describe('matchNames', () => {
  it('finds every name behind any prefix that all have, whatever else the file holds, in any order', () => {
    for (const prefix of ['', 'module.', 'model.', 'a.b_c.', 'fc.', 'weight.bias.', '_', 'module._']) {
      const names = OWNS.map((own) => prefix + own);
      const others = ['step', 'optimizer.state.0', `${prefix}unknown.weight`];
      for (const file of [names, [...others, ...names.toReversed()]]) {
        const match = matchNames(entriesOf(OWNS), file);
        expect([...match.found.values()]).toEqual(names);
        expect([match.missing, match.ambiguous, match.prefixes]).toEqual([[], [], { '': prefix }]);
      }
    }
  });

  it('looks through the wrappers of compiled and sharded modules, and says the prefix as the file has it', () => {
    const names = ['_orig_mod.conv1.weight', '_orig_mod.bn1._fsdp_wrapped_module.weight', '_orig_mod.fc.weight'];
    const match = matchNames(entriesOf(['conv1.weight', 'bn1.weight', 'fc.weight']), names);
    expect([...match.found.values()]).toEqual(names);
    expect(match.prefixes).toEqual({ '': '_orig_mod.' });
  });

  it('keeps names apart that only a wrapper tells apart', () => {
    const names = ['a.weight', 'a._orig_mod.weight'];
    expect(found(entriesOf(['a.weight']), names)).toEqual({ 'a.weight': 'a.weight' });
  });

  it('takes the networks of a model each behind its own prefix', () => {
    const entries = [...entriesOf(['fc.weight'], ['head']), ...entriesOf(OWNS, ['backbone'])];
    const names = ['model.head.fc.weight', ...OWNS.map((own) => `model.backbone.${own}`)];
    expect(found(entries, names)).toEqual({
      'head.fc.weight': 'model.head.fc.weight',
      ...Object.fromEntries(OWNS.map((own) => [`backbone.${own}`, `model.backbone.${own}`])),
    });
  });

  it('names what is missing behind the prefix that was found, and a few equal names elsewhere are chance', () => {
    const { missing } = matchNames(entriesOf(OWNS), ['module.conv1.weight', 'module.bn1.weight', 'module.fc.weight']);
    expect(missing).toEqual(['module.bn1.bias']);
    const chance = matchNames(entriesOf(OWNS), ['other.fc.weight', 'else.bias']);
    expect([chance.found.size, chance.missing]).toEqual([0, OWNS]);
  });

  it('chooses none of two prefixes that are equally good, and gives no name to two entries', () => {
    const { ambiguous, found } = matchNames(
      entriesOf(OWNS),
      ['a', 'b'].flatMap((prefix) => OWNS.map((own) => `${prefix}.${own}`)),
    );
    expect(ambiguous).toEqual(['the names of the model fit behind "a." and "b."']);
    expect(found.size).toBe(0);
    const twice = matchNames([...entriesOf(['w'], ['a']), ...entriesOf(['w'], ['b'])], ['w']);
    expect(twice.ambiguous).toEqual(['w would go to a.w and to b.w']);
  });
});
