import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sealFolder, whyNotSealed } from './sealedFolder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ct-sealed-'));
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib', 'libtensorflow.so.2'), 'abc', { mode: 0o644 });
  symlinkSync('libtensorflow.so.2', join(folder, 'lib', 'libtensorflow.so'));
  writeFileSync(join(folder, 'ctu.node'), '', { mode: 0o755 });
  chmodSync(join(folder, 'ctu.node'), 0o777);
  writeFileSync(join(folder, 'notes.txt'), 'not a library');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('a sealed folder', () => {
  it('is in order, has the sums of its libraries, and is writable by its owner alone', () => {
    expect(whyNotSealed(folder)).toBe(`${folder} has no sums of its libraries`);
    sealFolder(folder);
    expect(whyNotSealed(folder)).toBeUndefined();
    // FIPS 180-2, appendix B: SHA-256 of "abc", and of nothing.
    expect(JSON.parse(readFileSync(join(folder, 'sums.json'), 'utf8'))).toEqual({
      'ctu.node': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'lib/libtensorflow.so.2': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect(statSync(join(folder, 'ctu.node')).mode & 0o777).toBe(0o755);
    writeFileSync(join(folder, 'notes.txt'), 'changed');
    expect(whyNotSealed(folder)).toBeUndefined();
  });

  it('says which library was changed, added or taken away', () => {
    sealFolder(folder);
    writeFileSync(join(folder, 'lib', 'libtensorflow.so.2'), 'abd');
    expect(whyNotSealed(folder)).toMatch(
      /libtensorflow\.so\.2 has sha256 a52d159f\w+, not ba7816bf\w+ as when it was made$/,
    );
    writeFileSync(join(folder, 'lib', 'libtensorflow.so.2'), 'abc');
    writeFileSync(join(folder, 'lib', 'libother.so'), '', { mode: 0o644 });
    expect(whyNotSealed(folder)).toMatch(/libother\.so has sha256 e3b0c442\w+, not undefined/);
    rmSync(join(folder, 'lib', 'libother.so'));
    renameSync(join(folder, 'ctu.node'), join(folder, 'ctu.old'));
    expect(whyNotSealed(folder)).toMatch(/ctu\.node has sha256 no file, not e3b0c442/);
    for (const text of ['{', 'null', '[]', '{"ctu.node": 1}']) {
      writeFileSync(join(folder, 'sums.json'), text);
      expect(whyNotSealed(folder)).toBeTypeOf('string');
    }
  });

  it.each(['.', 'lib', 'lib/libtensorflow.so.2', 'ctu.node', 'sums.json'])('says that others may write %s', (name) => {
    sealFolder(folder);
    for (const [bit, mode] of [
      [0o020, /mode 7?\d[2367]\d\)|mode \d[2367]\d\)/],
      [0o002, /mode \d\d[2367]\)/],
    ] as const) {
      const path = join(folder, name);
      const before = statSync(path).mode;
      chmodSync(path, before | bit);
      expect(whyNotSealed(folder)).toMatch(mode);
      chmodSync(path, before);
    }
    expect(whyNotSealed(folder)).toBeUndefined();
  });

  it('says that a library belongs to somebody else, unless to root', () => {
    sealFolder(folder);
    const { uid } = statSync(folder);
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    if (uid === 0) {
      expect(whyNotSealed(folder)).toBeUndefined();
      chownSync(join(folder, 'ctu.node'), 4711, 0);
      expect(whyNotSealed(folder)).toBe(`${join(folder, 'ctu.node')} belongs to user 4711, not to 1 or root`);
    } else expect(whyNotSealed(folder)).toBe(`${folder} belongs to user ${uid}, not to ${uid + 1} or root`);
  });
});
