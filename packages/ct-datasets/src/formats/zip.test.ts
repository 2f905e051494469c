import { describe, expect, it } from 'vitest';
import { zipOf } from '@curvature-tuning/tiny-sets';
import { collect, sourceOf } from './byteSource.js';
import { crc32 } from '@curvature-tuning/checks';
import { listZip, readZipEntry } from './zip.js';

const text = 'grey '.repeat(1000);
const tree = { 'a/b.txt': text, 'a/': '', 'äöü.bin': Uint8Array.of(1, 2, 3) };

async function contents(bytes: Uint8Array): Promise<Record<string, string>> {
  const source = sourceOf(bytes, 'x.zip');
  const read: Record<string, string> = {};
  for (const entry of await listZip(source)) {
    const whole = await collect(readZipEntry(source, entry), 1e6, () => new Error('too many'));
    read[entry.name] = Buffer.from(whole).toString();
  }
  return read;
}

describe('listZip and readZipEntry', () => {
  it('has the checksum of the standard: that of 123456789 is cbf43926', () => {
    expect(crc32(new TextEncoder().encode('123456789')).toString(16)).toBe('cbf43926');
  });

  it.each([0, 6] as const)('reads what fflate packs at level %s, and a comment behind it', async (level) => {
    const bytes = zipOf(tree, level);
    const expected = { 'a/b.txt': text, 'a/': '', 'äöü.bin': '\u0001\u0002\u0003' };
    expect(await contents(bytes)).toEqual(expected);
    const commented = Uint8Array.of(...bytes, 104, 105);
    commented[bytes.length - 2] = 2;
    expect(await contents(commented)).toEqual(expected);
  });

  it('tells links and folders from files', async () => {
    const bytes = zipOf({ link: '/etc/passwd', 'f/': '' }, 0);
    const at = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 4)) === 'PK\u0001\u0002');
    bytes[at + 5] = 3;
    new DataView(bytes.buffer).setUint32(at + 38, (0xa1ff << 16) >>> 0, true);
    expect((await listZip(sourceOf(bytes, 'x.zip'))).map(({ kind }) => kind)).toEqual(['link', 'folder']);
  });

  it('names file, byte and entry of what is damaged', async () => {
    const bytes = zipOf({ a: text });
    const directory = bytes.findIndex((_, i) => String.fromCharCode(...bytes.subarray(i, i + 4)) === 'PK\u0001\u0002');
    const damaged = (at: number, value: number): Uint8Array => bytes.with(at, value);
    await expect(contents(bytes.subarray(0, 40))).rejects.toMatchObject({ file: 'x.zip', offset: 40 });
    await expect(contents(damaged(directory, 0))).rejects.toThrow(
      /at byte \d+: no directory record where number 1 of 1/,
    );
    await expect(contents(damaged(0, 0))).rejects.toThrow(/x\.zip is damaged at byte 0: "a" has no header/);
    await expect(contents(damaged(directory + 16, bytes[directory + 16]! ^ 1))).rejects.toThrow(/another checksum/);
    await expect(contents(damaged(directory + 24, 1))).rejects.toThrow(/unpacks to more than the \d+ bytes/);
    await expect(contents(damaged(directory + 8, 1))).rejects.toThrow(/"a" is encrypted/);
    await expect(contents(damaged(directory + 10, 12))).rejects.toThrow(/method 12/);
    await expect(contents(new Uint8Array())).rejects.toThrow(/has no directory/);
  });
});
