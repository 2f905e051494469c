// `ct compare` as a user runs it wrongly. From beginning to end: test/compareCommand.long.ts.
import { describe, expect, it } from 'vitest';
import { runHere } from '../../test/ct.js';

describe('ct compare', () => {
  it('says what is wrong with options, and exits with 2', async () => {
    const { code, stderr } = await runHere(['compare', '--methods', 'probe,lore']);
    expect(code).toBe(2);
    expect(stderr).toContain('Methods must be among probe, bn,');
    expect(stderr).toContain('got "lore"');
  });
});
