import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serve, tinySet } from '@curvature-tuning/tiny-sets';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import { downloadDataset, verifyDataset } from './verifyDataset.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ct-verify-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('downloadDataset and verifyDataset', () => {
  it('tell right files from wrong, missing and unpacked ones', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.flowers102);
    const server = await serve(contents);
    const options = { root, files, mirrors: [server.url] };
    const states = async (): Promise<string[]> =>
      (await verifyDataset('flowers102', options)).map(({ state }) => state);
    expect(await states()).toEqual(['missing', 'missing', 'missing']);
    expect(await downloadDataset('flowers102', options)).toBe(join(root, 'flowers102'));
    await server.close();
    expect(await states()).toEqual(['right', 'right', 'right']);
    await rm(join(root, 'flowers102', '102flowers.tgz'));
    await writeFile(join(root, 'flowers102', 'setid.mat'), contents['setid.mat']!.with(200, 1));
    expect(await states()).toEqual(['unpacked', 'right', 'wrong']);
  });

  it('hold files of unknown sum to what came first', async () => {
    const { contents, files } = await tinySet(ARCHIVE_CATALOG.beans);
    const server = await serve(contents);
    const options = { root, files, mirrors: [server.url] };
    await downloadDataset('beans', options);
    await server.close();
    expect((await verifyDataset('beans', options)).map(({ state }) => state)).toEqual(['right', 'right', 'right']);
  });

  it('refuse sets that do not come as archives', async () => {
    await expect(verifyDataset('mnist' as 'beans')).rejects.toThrow(
      /name must be one of arabic-characters, .* "mnist"/,
    );
  });
});
