/**
 * The unpacked files of a set in a folder of the disk.
 */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { SetFiles } from '../../layouts/layout.js';
import { fileSource } from './fileSource.js';

/** The files below `folder`, at any depth; those whose name begins with a dot are passed over, as are links. */
export async function diskFiles(folder: string): Promise<SetFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    if (!entry.isFile() || entry.name.startsWith('.')) return [];
    const path = relative(folder, join(entry.parentPath, entry.name));
    const names = path.split(sep);
    return names.some((name) => name.startsWith('.') || name === '__MACOSX') ? [] : [names.join('/')];
  });
  paths.sort();
  return {
    place: folder,
    paths,
    open: (path) => Promise.resolve(fileSource(join(folder, ...path.split('/')), path)),
  };
}
