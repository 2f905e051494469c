// The command as a user runs it: what ends it early. From beginning to end: test/steerCommand.long.ts.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolders, runHere } from '../../test/ct.js';

const { ct, folder } = inFolders();

describe('ct steer', () => {
  it('Ctrl-C stops with 130 and leaves no file', async () => {
    let asked = false;
    const { code, stderr } = await ct(['steer', '--output', 'out'], (text, kill) => {
      if (asked || !text.includes('/5 (')) return;
      // Once: a second Ctrl-C stops the process at once.
      asked = true;
      kill();
    });
    expect(code).toBe(130);
    expect(stderr).toContain('interrupted; nothing was written');
    expect(existsSync(join(folder(), 'out'))).toBe(false);
  });

  it('says what is wrong with options, in a sentence, and exits with 2', async () => {
    const cases: [string[], string][] = [
      [
        ['steer', '--betas', '1.2'],
        "option '--betas <list>' argument '1.2' is invalid. Curvatures must lie in [0, 1], got 1.2.",
      ],
      [['steer', '--methods', 'sct,lore'], 'Methods must be among probe, '],
      [['steer', '--seeds', '0'], 'Expected a whole number from 1 to 1000, got "0".'],
      [['steer', '--seed', '-1'], 'Expected a whole number from 0 to 4294967295, got "-1".'],
      [['steer', '--backend', 'webgl'], 'Allowed choices are wasm, cpu, node.'],
      [['steer', '--protocol', 'best'], 'Allowed choices are strict, paper.'],
      [['steer', '--colour'], "unknown option '--colour'"],
      [['steer', '--data', 'nowhere'], 'pathmnist, or a folder of images; got "nowhere"'],
    ];
    for (const [args, sentence] of cases) {
      const { code, stderr } = await runHere(args);
      expect(stderr).toContain(sentence);
      expect(code, args.join(' ')).toBe(2);
    }
  });

  it('a command that there is not exits with 2', async () => {
    const { code, stderr } = await ct(['stir']);
    expect([code, stderr]).toEqual([2, expect.stringContaining("unknown command 'stir'")]);
  });

  it('--help exits with 0 and lists every option with its default', async () => {
    const { code, stdout } = await ct(['steer', '--help']);
    expect(code).toBe(0);
    for (const text of [
      '--data',
      '"digits"',
      '--methods',
      'probe,bn,sct,tct,lora)',
      '--backend',
      '"wasm"',
      '--betas',
      '0.30:0.98:0.02',
      '--protocol',
      '"strict"',
      '--seeds',
      '--seed',
      '--output',
      '"ct-report"',
    ])
      expect(stdout).toContain(text);
  });

  it('fails when the output folder cannot be had, and leaves nothing', async () => {
    writeFileSync(join(folder(), 'file'), '');
    const noOutput = await ct(['steer', '--betas', '0.9', '--output', 'file']);
    // At once, not after minutes of work.
    expect(noOutput.code).toBe(2);
    expect(noOutput.stderr).toContain('--output must be a folder, "file" is something else');
    expect(readdirSync(folder()).filter((name) => name !== 'file')).toEqual([]);
  });

  it('--backend node without its set-up fails with 1 and names the cure', async () => {
    const { code, stderr } = await ct(['steer', '--backend', 'node'], undefined, {
      CT_NODE_CACHE: join(folder(), 'no-cache'),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/the backend "node" .*run npx ct-node setup/);
    expect(readdirSync(folder())).toEqual([]);
  });
});
