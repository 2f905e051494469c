import { serve, tarOf, tinySet, zipOf } from '@curvature-tuning/tiny-sets';
import type { Server } from '@curvature-tuning/tiny-sets';
import { afterEach, describe, expect, it } from 'vitest';
import { stubbedCaches } from '../../../../tools/vitest/pages/stubbedCaches.mjs';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import { keptFiles } from './keptFiles.js';

let server: Server;
const store = stubbedCaches();
afterEach(() => server.close());

describe('keptFiles', () => {
  it('unpacks an archive once, keeps no second copy of it, and leaves other files as they are', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.flowers102);
    server = await serve(contents);
    const first = await keptFiles(ARCHIVE_CATALOG.flowers102, { files, mirrors: [server.url] });
    expect(first.paths.slice(0, 2)).toEqual(['102flowers/jpg/image_00001.jpg', '102flowers/jpg/image_00002.jpg']);
    expect(first.paths.slice(-2)).toEqual(['imagelabels.mat', 'setid.mat']);
    const source = await first.open('setid.mat');
    expect(Buffer.from(await source.slice(0, source.size)).equals(contents['setid.mat']!)).toBe(true);
    expect([...store.kept.keys()].some((key) => key.includes('102flowers.tgz'))).toBe(false);
    const again = await keptFiles(ARCHIVE_CATALOG.flowers102, { files, offline: true });
    expect(again.paths).toEqual(first.paths);
    expect(() => again.blobOf('102flowers/jpg/x.jpg')).toThrow('flowers102 holds no 102flowers/jpg/x.jpg');
  });

  it.each([
    {
      what: 'a page',
      make: () => Promise.resolve(new TextEncoder().encode('<!doctype html>')),
      said: /a page of HTML/,
    },
    { what: 'a name that leads out', make: () => tarOf({ '../x': 'evil' }), said: /leads out of its folder/ },
    { what: 'nothing', make: () => Promise.resolve(zipOf({})), said: /it holds no file/ },
  ])('refuses an archive of $what, and does not take it for unpacked', async ({ make, said }) => {
    server = await serve({ 'dtd.tar': await make() });
    const files = [{ name: 'dtd.tar', urls: [`${server.url}dtd.tar`], sum: 'first download' }] as const;
    for (let twice = 0; twice < 2; twice++)
      await expect(keptFiles(ARCHIVE_CATALOG.dtd, { files })).rejects.toThrow(said);
  });
});
