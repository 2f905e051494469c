/**
 * Finds the images of a folder whose subfolders are classes, and accounts for every file that is not one.
 */
import { open, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { HEAD_LENGTH, imageFormat, promiseOf, READ_FORMATS } from './imageFormat.js';
import { inParallel } from './inParallel.js';
import { listFolder, reasonOf, unreadable } from './listFolder.js';
import { printable } from '../../printable.js';

/** The images of one class, in the order of their paths. */
export interface ClassFolder {
  /** In Unicode form NFC. */
  readonly name: string;
  readonly files: readonly string[];
}

/** What {@link findClasses} found. */
export interface FolderTree {
  readonly classes: readonly ClassFolder[];
  /** Files that are not images, such as lists and licences. */
  readonly skipped: readonly string[];
  /** Files that are named like images, but do not begin like one, with what they are instead. */
  readonly impostors: readonly { readonly path: string; readonly reason: string }[];
}

/** A file, and what its bytes and then its name say of it. */
interface FoundFile {
  readonly path: string;
  readonly isImage: boolean;
  /** Why an image cannot be one after all. */
  readonly doubt?: string;
}

// Reading heads waits for the disk, and libuv has four threads for it unless told.
const READERS_AT_ONCE = 8;

/**
 * The classes of `folder`: its subfolders sorted by name, each with the images at any depth below it.
 *
 * Images are known by their first bytes, whatever they are called. Symbolic links are followed; names that begin
 * with a dot and leftovers of file systems are passed over. Files that are not images are listed as skipped.
 *
 * @throws Error when a class holds no image, or an image of a format that is not read; for images beside the
 * classes; for what cannot be read; and for two classes whose names differ in their encoding only.
 */
export async function findClasses(folder: string, signal?: AbortSignal): Promise<FolderTree> {
  const { folders, files } = await listFolder(folder);
  const skipped = await findStrayFiles(folder, files, 'class', signal);
  const impostors: { path: string; reason: string }[] = [];
  const classes: ClassFolder[] = [];
  const above = new Set([await realpath(folder)]);
  for (const name of folders) {
    const found = await walk(join(folder, name), above, signal);
    const images = found.filter(({ isImage }) => isImage);
    skipped.push(...found.filter(({ isImage }) => !isImage).map(({ path }) => path));
    if (images.length === 0) {
      throw new Error(
        `imageFolder: class folder ${printable(join(folder, name))} holds no image (.jpg .png .webp .gif .tif ` +
          `.avif), only ${found.length} other file(s); add images or remove the folder`,
      );
    }
    impostors.push(...images.flatMap(({ path, doubt }) => (doubt === undefined ? [] : [{ path, reason: doubt }])));
    classes.push({ name: name.normalize('NFC'), files: images.map(({ path }) => path) });
  }
  const twin = classes.find(({ name }, i) => classes[i - 1]?.name === name);
  if (twin) {
    throw new Error(
      `imageFolder: ${printable(folder)} holds two folders called ${printable(twin.name)}, which differ in ` +
        'the encoding of their accents only; put their images into one',
    );
  }
  return { classes, skipped, impostors };
}

/**
 * The files that lie beside class or split folders, which are none of the set's.
 *
 * @throws Error when one is an image.
 */
export async function findStrayFiles(
  folder: string,
  files: readonly string[],
  kind: 'class' | 'split',
  signal?: AbortSignal,
): Promise<string[]> {
  const found = await inspect(
    files.map((file) => join(folder, file)),
    signal,
  );
  const image = found.find(({ isImage }) => isImage);
  if (image)
    throw new Error(
      `imageFolder: ${printable(image.path)} lies beside the ${kind} folders; move it into the folder of its class`,
    );
  return found.map(({ path }) => path);
}

/**
 * The images at `paths`: of a folder all below it, in the order of their paths, and files themselves.
 *
 * @throws Error for a path at which there is nothing, or a file that is no image; for an image of a format that is not
 * read, and for what cannot be read.
 */
export async function findImages(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Pick<FolderTree, 'skipped' | 'impostors'> & { files: string[] }> {
  const files: string[] = [];
  const skipped: string[] = [];
  const impostors: { path: string; reason: string }[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((error: unknown) => {
      throw unreadable(path, reasonOf(error));
    });
    const found = info.isDirectory() ? await walk(path, new Set(), signal) : await inspect([path], signal);
    const [first] = found;
    if (!info.isDirectory() && first !== undefined && !first.isImage)
      throw new Error(`imageFolder: ${printable(path)} is no image; pass images, or folders of them`);
    files.push(...found.filter(({ isImage }) => isImage).map((image) => image.path));
    skipped.push(...found.filter(({ isImage }) => !isImage).map((other) => other.path));
    impostors.push(...found.flatMap(({ path, doubt }) => (doubt === undefined ? [] : [{ path, reason: doubt }])));
  }
  return { files, skipped, impostors };
}

/** Whether a folder holds images directly, or else folders: a class as a rule, or else a folder of classes. */
export async function looksInto(
  folder: string,
  signal?: AbortSignal,
): Promise<{ holdsImages: boolean; holdsFolders: boolean }> {
  const { folders, files } = await listFolder(folder);
  const found = await inspect(
    files.map((file) => join(folder, file)),
    signal,
  );
  return { holdsImages: found.some(({ isImage }) => isImage), holdsFolders: folders.length > 0 };
}

/** All files below `folder`; `above` are the real paths on the way, so that a circle of links ends. */
async function walk(folder: string, above: ReadonlySet<string>, signal?: AbortSignal): Promise<FoundFile[]> {
  signal?.throwIfAborted();
  const real = await realpath(folder);
  if (above.has(real)) return [];
  const inside = new Set([...above, real]);
  const { folders, files } = await listFolder(folder);
  const found = await inspect(
    files.map((file) => join(folder, file)),
    signal,
  );
  for (const name of folders) found.push(...(await walk(join(folder, name), inside, signal)));
  return found;
}

function inspect(paths: readonly string[], signal?: AbortSignal): Promise<FoundFile[]> {
  return inParallel(
    paths,
    READERS_AT_ONCE,
    async (path) => {
      const head = await readHead(path);
      const extension = extname(path);
      const format = imageFormat(head, extension);
      const promise = promiseOf(extension);
      if (format?.isRead) return { path, isImage: true };
      if (format || promise === 'unread') {
        const what = format ? `, in truth ${format.name},` : '';
        throw new Error(
          `imageFolder: ${printable(path)}${format && promise === 'read' ? what : ''} is of a format that is ` +
            'not read; convert it to one of .jpg .png .webp .gif .tif .avif',
        );
      }
      return promise === 'read' ? { path, isImage: true, doubt: beginningOf(head) } : { path, isImage: false };
    },
    signal,
  );
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_LENGTH), 0, HEAD_LENGTH, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, reasonOf(error));
  }
}

function beginningOf(head: Uint8Array): string {
  if (head.length === 0) return 'it is empty';
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('version https://git-lfs')) return 'a pointer of Git LFS: fetch the file with git lfs pull';
  if (/^\S*\/annex\/objects\//.test(text)) return 'a pointer of git-annex: fetch the file with git annex get';
  if (/^\s*(<!doctype html|<html)/i.test(text)) return 'a web page';
  return `it begins with ${JSON.stringify(text.slice(0, 8))} as none of ${READ_FORMATS} does`;
}
