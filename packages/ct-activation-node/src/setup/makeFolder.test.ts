import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from './makeFolder.js';
import { folder } from '../../test/setUpFolder.js';

describe('makeFolder', () => {
  it('makes a whole folder or none, and removes what a killed process left', async () => {
    const target = join(folder, 'made', 'it');
    mkdirSync(dirname(target), { recursive: true });
    // No process has this id: they end at 2^22.
    mkdirSync(`${target}.4194305.tmp`);
    mkdirSync(`${target}.${process.ppid}.tmp`);
    await expect(makeFolder(target, () => Promise.reject(new Error('stopped half way')))).rejects.toThrow(
      'stopped half way',
    );
    expect(readdirSync(dirname(target))).toEqual([`it.${process.ppid}.tmp`]);
    await makeFolder(target, (temporary) => Promise.resolve(writeFileSync(join(temporary, 'file'), 'first')));
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('first');
  });

  it('lets the first of two processes win', async () => {
    const target = join(folder, 'made', 'twice');
    await makeFolder(target, (temporary) => {
      mkdirSync(target);
      writeFileSync(join(target, 'file'), 'other');
      return Promise.resolve(writeFileSync(join(temporary, 'file'), 'ours'));
    });
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('other');
    expect(readdirSync(dirname(target)).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
  });
});
