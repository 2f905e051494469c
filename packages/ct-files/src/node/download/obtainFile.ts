/**
 * The contents of a file that is known by its sums: from the folder where it lies, else downloaded into it; verified
 * either way.
 */
import {
  check,
  filledText,
  flag,
  listOf,
  objectWith,
  options as optionsOf,
  text,
  whole,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { hasCode } from '../errorCode.js';
import { safeName } from '../safeName.js';
import { courseEntries, download, md5Sum } from './download.js';
import type { DownloadOptions } from './download.js';
import { checkAddress } from '../../requestRange.js';

/** What a file belongs to, such as a data set. */
export interface Collection {
  /** Names its folder. */
  readonly name: string;
  /** Addresses of folders that hold its files, in the order in which they are tried. */
  readonly mirrors: readonly string[];
}

/** A file, gzipped or not, that is known by its size and MD5, packed and unpacked. */
export interface PackedFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
  /** The same of the unpacked file, which identifies it however it was compressed. */
  readonly contents: { readonly bytes: number; readonly md5: string };
}

/** Where files are looked for and how they are fetched. */
export interface ObtainOptions extends Pick<DownloadOptions, 'onProgress' | 'signal' | 'idleTimeout'> {
  /** The folder that holds one folder for each collection. */
  readonly root: string;
  /** The folder that holds the files themselves, instead of `<root>/<name>`. */
  readonly folder?: string | undefined;
  /** Addresses of folders to fetch from, instead of those of the collection. */
  readonly mirrors?: readonly string[] | undefined;
  /** Whether to fail where a download would begin. */
  readonly offline?: boolean | undefined;
  /** What else the user may do where a file cannot be had; ends the message. */
  readonly cure?: string | undefined;
}

type FileArguments = { entry: Collection; file: PackedFile; options: ObtainOptions };

export const obtainFileArguments: Entries<FileArguments> = {
  entry: objectWith<Collection>({ name: filledText, mirrors: listOf(filledText) }, ['name', 'mirrors']),
  file: objectWith<PackedFile>(
    {
      name: filledText,
      bytes: whole({ min: 0 }),
      md5: md5Sum,
      contents: objectWith<PackedFile['contents']>({ bytes: whole({ min: 0 }), md5: md5Sum }, ['bytes', 'md5']),
    },
    ['name', 'bytes', 'md5', 'contents'],
  ),
  options: optionsOf<ObtainOptions>(
    {
      root: filledText,
      folder: filledText,
      mirrors: listOf(filledText),
      offline: flag,
      cure: text,
      ...courseEntries,
    },
    ['root'],
  ),
};

/**
 * The unpacked contents of `file`, size and MD5 verified.
 *
 * Looked for is the file itself, then the same without `.gz`, unpacked. How it was compressed does not matter,
 * only what it unpacks to. Folders are written to only when there is something to download.
 *
 * @throws Error when a local file has other contents, naming both sums; or when the file is neither there nor to
 * be had, naming the addresses, the MD5, and where to put it.
 */
export async function obtainFile(entry: Collection, file: PackedFile, options: ObtainOptions): Promise<Uint8Array> {
  check('obtainFile', obtainFileArguments, { entry, file, options });
  const folder = options.folder ?? join(options.root, safeName(entry.name, 'obtainFile'));
  const packed = join(folder, safeName(file.name, 'obtainFile'));
  const found = (await readVerified(packed, file)) ?? (await readVerified(packed.replace(/\.gz$/, ''), file));
  if (found) return found;

  const urls = (options.mirrors ?? entry.mirrors).map((mirror) => addressIn(mirror, file.name));
  const cure =
    `To go on without a network, put ${file.name} (md5 ${file.md5}), gzipped or unpacked, from one of\n` +
    `${urls.map((url) => `  ${url}\n`).join('')}` +
    `into ${folder}${options.cure === undefined ? '.' : `\n${options.cure}`}`;
  if (options.offline)
    throw new Error(`obtainFile: ${file.name} of ${entry.name} is not in ${folder}, and offline is set.\n${cure}`);
  try {
    await download(packed, {
      name: file.name,
      bytes: file.bytes,
      md5: file.md5,
      urls,
      onProgress: options.onProgress,
      signal: options.signal,
      idleTimeout: options.idleTimeout,
    });
  } catch (cause) {
    options.signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `obtainFile: ${file.name} of ${entry.name} is not in ${folder} and cannot be put there.\n${reason}\n${cure}`,
      { cause },
    );
  }
  const contents = await readVerified(packed, file);
  if (!contents) throw new Error(`obtainFile: ${packed} vanished after its download; run again`);
  return contents;
}

/** The address of a file in the folder that is a mirror, whose query stays. */
function addressIn(mirror: string, name: string): string {
  checkAddress(mirror);
  const url = new URL(mirror);
  url.pathname = `${url.pathname.replace(/\/*$/, '/')}${encodeURIComponent(name)}`;
  return url.href;
}

/** The unpacked contents of the file at `path`, or undefined when there is none. */
async function readVerified(path: string, { contents }: PackedFile): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array;
  try {
    const entry = await stat(path);
    // A pipe would be waited for, and what is far larger than its contents does not hold them.
    if (!entry.isFile()) throw new Error(`obtainFile: ${path} is not a file; remove or rename it`);
    if (entry.size > 2 * contents.bytes + 65_536) {
      throw new Error(
        `obtainFile: ${path} holds ${entry.size} bytes, more than ${contents.bytes} can be packed into; ` +
          'delete it and run again to fetch it anew',
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  let unpacked = bytes;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      // The bound keeps a file that lies about itself from filling the memory.
      unpacked = gunzipSync(bytes, { maxOutputLength: contents.bytes });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `obtainFile: ${path} does not unpack to ${contents.bytes} bytes of md5 ${contents.md5} (${reason}); ` +
          'delete it and run again to fetch it anew',
        { cause },
      );
    }
  }
  const md5 = createHash('md5').update(unpacked).digest('hex');
  if (md5 !== contents.md5) {
    throw new Error(
      `obtainFile: ${path} holds ${unpacked.length} bytes of md5 ${md5}, expected ${contents.bytes} bytes ` +
        `of md5 ${contents.md5}; delete it and run again to fetch it anew`,
    );
  }
  return unpacked;
}
