// A disk that is full while an archive is unpacked: told as what it is, nothing is taken for whole, and the next run,
// with room, completes the set.
import type * as promises from 'node:fs/promises';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, tinySet } from '@curvature-tuning/tiny-sets';
import { expect, it, vi } from 'vitest';
import { ARCHIVE_CATALOG } from '../../catalog/archives/archiveCatalog.js';
import { openDataset } from '../openDataset.js';

/** Files that may still be written before the disk is full. */
const room = vi.hoisted(() => ({ files: Infinity }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  const writeFile: typeof promises.writeFile = async (...args) => {
    if (room.files-- > 0) return real.writeFile(...args);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return { ...real, writeFile };
});

it.each([0, 1, 100])(
  'after %i files of an archive: the error says so, and the next run completes the set',
  async (files) => {
    const root = await mkdtemp(join(tmpdir(), 'ct-full-'));
    const tiny = await tinySet(ARCHIVE_CATALOG.dtd);
    const server = await serve(tiny.contents);
    try {
      const options = { root, files: tiny.files, mirrors: [server.url] };
      room.files = files;
      await expect(openDataset('dtd', options)).rejects.toMatchObject({ code: 'ENOSPC' });
      // The archive is whole; of what was unpacked nothing counts.
      expect((await readdir(join(root, 'dtd'))).filter((name) => !name.startsWith('.'))).toEqual(['dtd-r1.0.1.tar.gz']);
      room.files = Infinity;
      const { train } = await openDataset('dtd', { ...options, offline: true });
      expect(train.length).toBe(47);
      expect((await train.example(46)).label).toBe(46);
    } finally {
      room.files = Infinity;
      await server.close();
      await rm(root, { recursive: true });
    }
  },
);
