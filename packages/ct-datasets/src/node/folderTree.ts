/**
 * Find the images of a folder whose subfolders are classes, and account for every file that is not one.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The images of one class, in the order of their paths. */
export interface ClassFolder {
  readonly name: string;
  readonly files: readonly string[];
}

/** What {@link findClasses} found. */
export interface FolderTree {
  readonly classes: readonly ClassFolder[];
  /** Files that are not images, such as lists and licences. */
  readonly skipped: readonly string[];
}

const decodable = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif']);
// Images all the same: to skip them would lose data without a word.
const undecodable = new Set(['.bmp', '.heic', '.heif', '.pgm', '.ppm', '.pnm', '.svg', '.jp2', '.jxl', '.ico', '.psd', '.dcm', '.raw', '.cr2', '.nef', '.dng', '.tga', '.exr', '.hdr']);

/**
 * The classes of `folder`: its subfolders sorted by name, each with the images at any depth below it.
 *
 * Names that begin with a dot are passed over, symbolic links are followed. Files that are not images, by their
 * extension, are listed as skipped.
 *
 * @throws Error when a class holds no image, or an image of a format that is not read.
 */
export async function findClasses(folder: string): Promise<FolderTree> {
  const skipped: string[] = [];
  const classes: ClassFolder[] = [];
  const { folders, files } = await listFolder(folder);
  for (const file of files) {
    if (isImage(join(folder, file))) {
      throw new Error(`imageFolder: ${join(folder, file)} lies beside the class folders; move it into the folder of its class`);
    }
    skipped.push(join(folder, file));
  }
  for (const name of folders) {
    const found = await walk(join(folder, name), new Set());
    const images = found.filter(isImage);
    skipped.push(...found.filter((file) => !isImage(file)));
    if (images.length === 0) {
      throw new Error(`imageFolder: class folder ${join(folder, name)} holds no image (${[...decodable].join(' ')}), only ${found.length} other file(s); add images or remove the folder`);
    }
    classes.push({ name, files: images });
  }
  return { classes, skipped };
}

/** Names of the folders and files directly in `folder`, sorted, without those that begin with a dot. */
export async function listFolder(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)) : entry;
    if (target.isDirectory()) folders.push(entry.name);
    else if (target.isFile()) files.push(entry.name);
  }
  return { folders: folders.sort(), files: files.sort() };
}

/** All files below `folder`; `above` are the real paths on the way, so that a circle of links ends. */
async function walk(folder: string, above: ReadonlySet<string>): Promise<string[]> {
  const real = await realpath(folder);
  if (above.has(real)) return [];
  const inside = new Set([...above, real]);
  const { folders, files } = await listFolder(folder);
  const found = files.map((file) => join(folder, file));
  for (const name of folders) found.push(...(await walk(join(folder, name), inside)));
  return found;
}

function isImage(file: string): boolean {
  const extension = extname(file).toLowerCase();
  if (undecodable.has(extension)) {
    throw new Error(`imageFolder: ${file} is of a format that is not read; convert it to one of ${[...decodable].join(' ')}`);
  }
  return decodable.has(extension);
}
