/**
 * Every set in a page: fetched from a server of small archives of exactly the real layout, whose connections break,
 * kept in Cache Storage, and read again without a network.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { loadDataset, openDataset } from '../src/browser.js';
import type { ArchiveName, OpenOptions, SetFile, SetProgress } from '../src/browser.js';
import { ARCHIVE_CATALOG } from '../src/index.js';
import { expectInPlace } from './expectInPlace.js';

const CACHE = 'test of sets';
const names = (Object.keys(ARCHIVE_CATALOG) as ArchiveName[]).filter((name) => name !== 'imagenet');

afterEach(() => caches.delete(CACHE));

async function served(name: ArchiveName): Promise<{ options: OpenOptions; asked: () => Promise<string[]> }> {
  const address = `${location.origin}/sets/${name}`;
  const files = (await (await fetch(`${address}?files`)).json()) as SetFile[];
  const asked = async (): Promise<string[]> => (await (await fetch(`${address}?asked`)).json()) as string[];
  return { options: { mirrors: [address], files, cache: CACHE }, asked };
}

describe.each(names)('%s', (name) => {
  it('is fetched with progress, from where its connection broke, and kept for a page without a network', async () => {
    const { asked, options } = await served(name);
    const progress: SetProgress[] = [];
    const opened = await openDataset(name, { ...options, onProgress: (event) => progress.push(event) });
    await expectInPlace(opened);
    for (const { name: file } of options.files!) {
      const last = progress.findLast((event) => event.file === file && event.phase === 'download');
      expect([last?.done, last?.secondsLeft]).toEqual([last?.total, 0]);
    }
    expect(progress.some(({ phase }) => phase === 'unpack')).toBe(true);
    const requests = await asked();
    expect(requests.some((request) => /bytes=\d+-$/.test(request))).toBe(true);
    const again = await openDataset(name, { ...options, offline: true });
    await expectInPlace(again);
    expect([...again.test.labels]).toEqual([...opened.test.labels]);
    expect(await asked()).toEqual(requests);
  });
});

describe('openDataset in a page', () => {
  it('gives images in the form that is wanted, cuts the line off aeroplanes, and has the sets in memory', async () => {
    const { options } = await served('fgvc-aircraft');
    expect((await (await openDataset('fgvc-aircraft', options)).test.example(0)).pixels.shape).toEqual([20, 24, 3]);
    const size = [8, 8] as const;
    const small = await loadDataset('fgvc-aircraft', { ...options, split: 'test', size, channels: 1 });
    expect((await small.example(0)).pixels.shape).toEqual([8, 8, 1]);
    expect((await loadDataset('digits', { split: 'test' })).length).toBe(797);
  });

  it('keeps nothing of other bytes than the sum says, and says what each address answered', async () => {
    const { options } = await served('dtd');
    const files = options.files!.map((file) => ({ ...file, md5: '0'.repeat(32) }));
    await expect(openDataset('dtd', { ...options, files })).rejects.toThrow(
      /^loadDataset: dtd-r1\.0\.1\.tar\.gz of dtd cannot be had\. A page can[^]*sent MD5 [0-9a-f]{32}, expected 0{32}/,
    );
    expect(await (await caches.open(CACHE)).keys()).toEqual([]);
    await expect(openDataset('dtd', { ...options, offline: true })).rejects.toThrow('offline is set');
    await expect(openDataset('imagenet', { cache: CACHE })).rejects.toThrow(
      'cannot be fetched by a page; put its images',
    );
  });

  it('refuses a page in place of a file, and a file that the browser cannot decode', async () => {
    const { options } = await served('flowers102');
    const mirrors = [`${location.origin}/no-such-folder`];
    await expect(openDataset('flowers102', { ...options, mirrors })).rejects.toThrow(
      /announced \d+ bytes|404|web page/,
    );
    const { train } = await openDataset('flowers102', { ...options, maxPixels: 100 });
    await expect(train.example(0)).rejects.toThrow(/image_\d+\.jpg has 12 x 10 pixels, more than the 100 of maxPixels/);
  });
});
