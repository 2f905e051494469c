import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byUnicode, listFolder, reasonOf, unreadable } from './listFolder.js';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-list-'))));
afterEach(() => rm(folder, { recursive: true }));

describe('listFolder', () => {
  it('lists folders and files apart, links followed, and passes over leftovers and hidden names', async () => {
    for (const name of ['b', 'a', '__MACOSX', '.git']) await mkdir(join(folder, name));
    for (const name of ['2.png', '10.png', 'Thumbs.db', '.DS_Store', 'Icon\r']) await writeFile(join(folder, name), '');
    await symlink(join(folder, 'a'), join(folder, 'linked'));
    await symlink(join(folder, '2.png'), join(folder, 'also.png'));
    expect(await listFolder(folder)).toEqual({ folders: ['a', 'b', 'linked'], files: ['10.png', '2.png', 'also.png'] });
  });

  it('names a link that leads nowhere, with what may have put it there, and a folder that is none', async () => {
    await symlink('../annex/objects/x', join(folder, 'lost.png'));
    await expect(listFolder(folder)).rejects.toThrow(
      /lost\.png"? \(a link to "?\.\.\/annex\/objects\/x"?, which is missing: fetch it, as with git annex get/,
    );
    await expect(listFolder(join(folder, 'none'))).rejects.toThrow('it is missing, or its name is not UTF-8');
  });
});

it('byUnicode orders names alike however their accents are encoded, and two encodings of one in a fixed way', () => {
  expect(['z', 'e\u0301', '\u00e9', 'e'].sort(byUnicode)).toEqual(['e', 'z', 'e\u0301', '\u00e9']);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(Math.sign(byUnicode(a, b)) + Math.sign(byUnicode(b, a))).toBe(0);
      expect(byUnicode(a, b) === 0).toBe(a === b);
      const [x, y] = [a.normalize('NFD'), b.normalize('NFD')];
      if (a.normalize('NFC') !== b.normalize('NFC')) expect(byUnicode(x, y)).toBe(byUnicode(a, b));
    }),
  );
});

it('reasonOf says what codes mean, and else the words that came', () => {
  expect(reasonOf(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('permission is denied');
  expect(reasonOf(Object.assign(new Error('odd\n'), { code: 'EODD' }))).not.toContain('\n');
  expect(reasonOf('text')).toBe('text');
  expect(unreadable('a\u001b.png', 'why').message).not.toContain('\u001b');
});
