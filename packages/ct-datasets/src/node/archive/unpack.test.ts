import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parquetOf, tarOf, tgzOf, zipOf } from '@curvature-tuning/tiny-sets';
import { unpack } from './unpack.js';
import type { UnpackProgress } from '../../opening/setProgress.js';
import type { UnpackOptions } from './unpack.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-unpack-'));
});
afterEach(() => rm(root, { recursive: true }));

async function unpacked(bytes: Uint8Array, options: Partial<UnpackOptions> = {}): Promise<string> {
  await writeFile(join(root, 'a.bin'), bytes);
  const folder = join(root, 'a');
  await unpack(join(root, 'a.bin'), folder, { name: 'a.bin', mostBytes: 2 ** 24, ...options });
  return folder;
}

/** Refused by `message`, with nothing left behind but the archive. */
async function refused(bytes: Uint8Array, message: RegExp, options: Partial<UnpackOptions> = {}): Promise<void> {
  await expect(unpacked(bytes, options)).rejects.toThrow(message);
  expect(await readdir(root)).toEqual(['a.bin']);
}

async function tarWith(header: Parameters<ReturnType<typeof pack>['entry']>[0]): Promise<Uint8Array> {
  const writer = pack();
  writer.entry(header);
  writer.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of writer) parts.push(part as Uint8Array);
  return new Uint8Array(Buffer.concat(parts));
}

const tree = { 'x/a.txt': 'hello', 'x/y/b.bin': 'b'.repeat(5_000_000) };

describe('unpack', () => {
  it.each([
    ['zip', () => Promise.resolve(zipOf(tree))],
    ['tar', () => tarOf(tree)],
    ['tar.gz', () => tgzOf(tree)],
  ])('unpacks %s, small entries and large, and tells how far it is', async (_, make) => {
    const progress: UnpackProgress[] = [];
    const bytes = await make();
    const folder = await unpacked(bytes, { onProgress: (event) => progress.push(event) });
    expect(await readFile(join(folder, 'x', 'a.txt'), 'utf8')).toBe('hello');
    expect((await readFile(join(folder, 'x', 'y', 'b.bin'), 'utf8')).length).toBe(5_000_000);
    expect(progress.at(-1)).toMatchObject({ phase: 'unpack', file: 'a.bin', done: bytes.length, total: bytes.length });
  });

  it('puts the images of Parquet files into folders of their labels', async () => {
    const folder = await unpacked(parquetOf([Uint8Array.of(1), Uint8Array.of(2)], [1, 0]), {
      columns: { image: 'image', label: 'labels' },
    });
    expect((await readFile(join(folder, '1', '0000000.jpg')))[0]).toBe(1);
    expect((await readFile(join(folder, '0', '0000001.jpg')))[0]).toBe(2);
  });

  it.each([
    ['../evil', /"?\.\.\/evil"? leads out of its folder/],
    ['x/../../evil', /leads out of its folder/],
    ['/etc/evil', /is absolute/],
    ['C:/evil', /is absolute/],
    ['x\\..\\evil', /characters that paths cannot have/],
    ['x/nul.txt', /that of a device/],
    [`${'n'.repeat(300)}`, /is too long/],
  ])('refuses the name %s', async (name, message) => {
    await refused(zipOf({ 'good.txt': 'x', [name]: 'evil' }), message);
    if (!name.startsWith('/')) await refused(await tarOf({ 'good.txt': 'x', [name]: 'evil' }), message);
  });

  it.each([
    ['symlink', /"l" is a link, which is not unpacked/],
    ['link', /"l" is a link/],
    ['fifo', /"l" is a special/],
    ['character-device', /"l" is a special/],
  ] as const)('refuses a %s', async (type, message) => {
    await refused(await tarWith({ name: 'l', type, linkname: '/etc/passwd' }), message);
  });

  it('refuses bombs, 64 MB where 16 are the most, in tar.gz and zip', async () => {
    const zeros = Buffer.alloc(2 ** 26);
    await refused(zipOf({ a: zeros }), /unpacks to more than 16777216 bytes/);
    await refused(new Uint8Array(gzipSync(await tarOf({ a: zeros }))), /unpacks to more than 16777216 bytes/);
    // A directory that lies: what comes counts.
    const lying = zipOf({ a: zeros });
    const at = lying.findLastIndex((_, i) => String.fromCharCode(...lying.subarray(i, i + 4)) === 'PK\u0001\u0002');
    new DataView(lying.buffer).setUint32(at + 24, 1000, true);
    await refused(lying, /unpacks to more than the 1000 bytes of the directory/);
  });

  it('refuses two entries of one name, an empty archive, a page, a truncated archive', async () => {
    await refused(zipOf({ 'a.txt': '1', 'A.TXT': '2' }), /two entries "A\.TXT"/);
    await refused(zipOf({}), /it holds no file/);
    await refused(new TextEncoder().encode('<!doctype html><title>Sign in</title>'), /a page of HTML or XML/);
    const whole = await tgzOf(tree);
    await refused(whole.subarray(0, whole.length - 20), /a\.bin is damaged at byte/);
  });

  it('stops at the signal, and leaves nothing', async () => {
    const bytes = await tgzOf(tree);
    await refused(bytes, /enough/, { signal: AbortSignal.abort(new Error('enough')) });
  });
});
