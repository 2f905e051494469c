/**
 * What comes of servers that do not answer as they should; `openDataset.test.ts` has every set from one that does.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, Server } from '@curvature-tuning/tiny-sets';
import { serve, tinySet } from '@curvature-tuning/tiny-sets';
import { ARCHIVE_CATALOG } from '../../catalog/archives/archiveCatalog.js';
import { openDataset } from '../openDataset.js';

let root = '';
let server: Server | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-obtain-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(root, { recursive: true });
});

describe('obtainSet', () => {
  it('comes through redirects, broken connections, busy servers and wrong bytes', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.flowers102);
    const faults: Fault[] = ['redirected', 'broken', 'busy', 'wrong', 'redirected', 'broken'];
    server = await serve(contents, (request) => faults[request]);
    const mirrors = [server.url, server.url];
    const { train } = await openDataset('flowers102', { root, files, mirrors });
    expect(train.length).toBe(102);
    expect(server.requests.some((request) => request.includes('bytes='))).toBe(true);
  });

  it.each(['page', 'missing', 'wrong'] as const)(
    'with answers that are all %s leaves nothing that counts',
    async (fault) => {
      const { contents, files } = await tinySet(ARCHIVE_CATALOG.flowers102);
      server = await serve(contents, () => fault);
      const options = { root, files, mirrors: [server.url] };
      await expect(openDataset('flowers102', options)).rejects.toThrow(/102flowers\.tgz of flowers102 cannot be had/);
      await server.close();
      server = await serve(contents);
      expect((await openDataset('flowers102', { ...options, mirrors: [server.url] })).test.length).toBe(102);
    },
  );

  it('holds a file of unknown sum to what came first', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.beans);
    server = await serve(contents);
    const options = { root, files, mirrors: [server.url] };
    await openDataset('beans', options);
    await server.close();
    const folder = join(root, 'beans');
    await rm(join(folder, 'test-00000-of-00001'), { recursive: true });
    await rm(join(folder, 'test-00000-of-00001.parquet'));
    server = await serve(contents, () => 'wrong');
    await expect(openDataset('beans', { ...options, mirrors: [server.url] })).rejects.toThrow(
      /expected \d+ bytes of sha256/,
    );
  });

  it('refuses a page that is served in place of a file of unknown sum', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.beans);
    server = await serve(contents, () => 'page');
    await expect(openDataset('beans', { root, files, mirrors: [server.url] })).rejects.toThrow(/a web page/);
  });

  it('takes files that were put there, says where to put what is missing, and never overwrites another', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG['celeb-a']);
    const options = { root, files };
    await expect(openDataset('celeb-a', options)).rejects.toThrow(
      /img_align_celeba\.zip of celeb-a is not in .*\.\nTo go on .* into .*: fetch the files from the page/,
    );
    const folder = join(root, 'celeb-a');
    const put = async (name: string, bytes: Uint8Array): Promise<void> => writeFile(join(folder, name), bytes);
    await mkdir(folder);
    await put('img_align_celeba.zip', Uint8Array.of(1, 2, 3));
    await expect(openDataset('celeb-a', options)).rejects.toThrow(/holds 3 bytes, expected \d+ bytes of md5/);
    for (const [name, bytes] of Object.entries(contents)) await put(name, bytes);
    expect((await openDataset('celeb-a', options)).train.length).toBe(4);
    expect((await readdir(folder)).sort()).toEqual([...Object.keys(contents), 'img_align_celeba'].sort());
  });
});
