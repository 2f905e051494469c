/**
 * Finds and reads the files of a set, with errors that name what is missing.
 */
import { decodeUtf8 } from '@curvature-tuning/checks';
import { collect, chunksOf } from '../formats/byteSource.js';
import { DamagedFileError } from '../formats/damagedFile.js';
import type { SetFiles } from './layout.js';

const MOST_TEXT = 2 ** 27;

/**
 * The path of the one file whose path ends so, at a border of names.
 *
 * @throws DamagedFileError where there is none, or several.
 */
export function findFile(files: SetFiles, ending: string): string {
  const found = files.paths.filter((path) => path === ending || path.endsWith(`/${ending}`));
  if (found.length === 1) return found[0]!;
  throw damagedSet(files.place, `it must hold one file ${ending}, got ${found.length}`);
}

/** All bytes of the file whose path ends so. */
export async function readFile(files: SetFiles, ending: string): Promise<Uint8Array> {
  const source = await files.open(findFile(files, ending));
  const fault = `it is larger than ${MOST_TEXT} bytes`;
  return collect(
    chunksOf(source),
    MOST_TEXT,
    () => new DamagedFileError('loadDataset', { file: source.name, offset: MOST_TEXT, fault }),
  );
}

/** The text of the file whose path ends so. */
export async function readText(files: SetFiles, ending: string): Promise<string> {
  return decodeUtf8(await readFile(files, ending));
}

/**
 * The index of each name.
 *
 * @param file Whose names are looked up.
 * @throws DamagedFileError that names one that is not among them.
 */
export function indexOf(names: readonly string[], file: string): (name: string) => number {
  const indices = new Map(names.map((name, i) => [name, i]));
  return (name) => {
    const index = indices.get(name);
    if (index !== undefined) return index;
    throw damagedSet(file, `it names ${JSON.stringify(name)}, which is none of ${names.length} known`);
  };
}

/** The error of a set of which something is missing. */
export function damagedSet(file: string, fault: string): DamagedFileError {
  return new DamagedFileError('loadDataset', { file, fault, cure: 'remove the folder of the set and load it again' });
}

/** Refuses a set with other classes than it is known to have. */
export function checkClasses(classes: readonly string[], count: number, files: SetFiles): void {
  if (classes.length !== count)
    throw damagedSet(files.place, `it holds ${classes.length} classes, expected ${count}: some of it is missing`);
}
