/**
 * The contract of files that are fetched once and kept: on a disk in Node, in the browser's storage in a page. Which of
 * the two a program gets, the export conditions of `@curvature-tuning/files/cached` decide.
 */
import {
  anyOf,
  bytes,
  filledText,
  flag,
  func,
  listOf,
  nothing,
  options as optionsOf,
  satisfying,
  signal as signalSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';

/** How far a file has got. */
export interface CachedFileProgress extends Progress {
  readonly phase: 'download';
  /** Bytes so far, those of an earlier attempt included. */
  readonly done: number;
  /** Bytes of the whole file; null where nobody says how many they are. */
  readonly total: number | null;
  /** Name of the file. */
  readonly file: string;
}

/** What {@link cachedFile} is to get and how. */
export interface CachedFileOptions {
  /** What the file belongs to, such as `models`: files of one name in two folders are two. */
  readonly folder: string;
  readonly name: string;
  /** Addresses of the file, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Its size; unless told, what the server says. */
  readonly bytes?: number | undefined;
  /** Its SHA-256; where null or left out, that of the first download is recorded and compared from then on. */
  readonly sha256?: string | null | undefined;
  /** Where files are kept: in Node a folder, by default below that of `cacheRoot`; in a page the name of a cache. */
  readonly root?: string | undefined;
  /** The bytes of the file, of whom has them already: they are verified and kept, and nothing is fetched. */
  readonly given?: Uint8Array | undefined;
  /** Whether to fail where a download would begin. */
  readonly offline?: boolean | undefined;
  /** Called after every piece that arrives. */
  readonly onProgress?: ((progress: CachedFileProgress) => void) | undefined;
  /** Stops the download; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a kilobyte after which a server counts as stalled; 15,000 unless told. */
  readonly idleTimeout?: number | undefined;
}

/** A file, verified. */
export interface CachedFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Where it came from. */
  readonly from: 'cache' | 'network' | 'given';
  /** What `sha256` was compared with: the sum that was passed, one recorded earlier, or nothing yet. */
  readonly verified: 'given' | 'recorded' | 'first';
  /** Where it is kept: a path in Node, an address in the cache of a page; null where there is no place for it. */
  readonly place: string | null;
}

const sum: Schema<string> = satisfying(filledText, (text) => /^[0-9a-f]{64}$/i.test(text), {
  expects: 'a SHA-256, 64 hexadecimal digits',
});

export const cachedFileArguments: Entries<{ options: CachedFileOptions }> = {
  options: optionsOf<CachedFileOptions>(
    {
      folder: filledText,
      name: filledText,
      urls: listOf(filledText),
      bytes: whole({ min: 0 }),
      sha256: anyOf(sum, nothing),
      root: filledText,
      given: bytes,
      offline: flag,
      onProgress: func(),
      signal: signalSchema,
      idleTimeout: whole({ min: 1 }),
    },
    ['folder', 'name', 'urls'],
  ),
};

/** The error where a file is not kept and must not or cannot be fetched. */
export function missingFile({ name, urls }: CachedFileOptions, place: string, reason: string): Error {
  const addresses = urls.map((url) => `\n  ${url}`).join('');
  return new Error(
    `cachedFile: ${name} is not in ${place}, and ${reason}; it can be had from${addresses || ' nowhere'}`,
  );
}
