/**
 * Unpacks an archive into a folder that is whole or not there.
 */
import { makeFolder } from '@curvature-tuning/files/node';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveBounds, ArchiveFile } from '../../formats/archiveEntries.js';
import { archiveEntries } from '../../formats/archiveEntries.js';
import { reporting } from '../../opening/setProgress.js';
import type { Following } from '../../opening/setProgress.js';
import { fileSource } from './fileSource.js';

/** Bounds of what is made of an archive, and how to follow it. */
export interface UnpackOptions extends ArchiveBounds, Following {
  /** What the archive is called. */
  readonly name: string;
}

// Entries up to this size are written in one piece, which is much quicker.
const SMALL = 2 ** 22;

/**
 * Unpacks the archive at `path` into `folder`, unless that is there; what it may be is said at `archiveEntries`.
 *
 * Entries are written as they are read; what is held in memory is a piece, or a group of rows. Nothing is left behind
 * where it fails, and a kill at any moment leaves nothing that counts: the next call begins anew.
 *
 * @throws DamagedFileError as `archiveEntries` does; the reason of `signal`; the error of the file system, such as
 * ENOSPC.
 */
export async function unpack(path: string, folder: string, options: UnpackOptions): Promise<void> {
  const { name, signal } = options;
  await makeFolder(folder, async (own) => {
    const source = reporting(fileSource(path, name), options);
    for await (const entry of archiveEntries(source, options)) {
      signal?.throwIfAborted();
      if (entry.kind === 'folder') await mkdir(join(own, entry.path), { recursive: true });
      else await writeEntry(join(own, entry.path), entry);
    }
  });
}

async function writeEntry(path: string, { size, chunks }: ArchiveFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (size > SMALL) {
    await pipeline(Readable.from(chunks, { objectMode: false }), createWriteStream(path, { flags: 'wx' }));
    return;
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  await writeFile(path, Buffer.concat(parts), { flag: 'wx' });
}
