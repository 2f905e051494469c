/**
 * Fetches one file whose size and MD5 are known, so that it is either there and right or not there at all.
 *
 * Bytes arrive in a file of the download's own, which gets its name once they are verified, and never in place of
 * another; a download that is interrupted, even by a kill, goes on from there the next time. See `partialFile`.
 */
import {
  check,
  filledText,
  func,
  listOf,
  options as optionsOf,
  satisfying,
  secondsLeft,
  signal as signalSchema,
  text,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openPartialFile, readChunks, writeAt } from './partialFile.js';
import { checkAddress, DownloadFault, requestRange } from './requestRange.js';
import { hasCode } from '../errorCode.js';
import { safeName } from '../safeName.js';

/** How far a file has got. */
export interface DownloadProgress extends Progress {
  readonly phase: 'download';
  /** Bytes so far, those of an earlier attempt included. */
  readonly done: number;
  /** Bytes of the whole file. */
  readonly total: number;
  /** Name of the file. */
  readonly file: string;
}

/** What {@link download} is to fetch and how. */
export interface DownloadOptions {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
  /** Addresses of the file, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Called after every piece that arrives. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Stops the download; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** How often one address is tried again after a fault that may pass; 2 unless told. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first of these, doubled for each further one; 500 unless told. */
  readonly retryDelay?: number | undefined;
  /** Milliseconds without a kilobyte after which a server counts as stalled; 15,000 unless told. */
  readonly idleTimeout?: number | undefined;
}

/** 32 hexadecimal digits, lower case. */
export const md5Sum: Schema<string> = satisfying(text, (sum) => /^[0-9a-f]{32}$/.test(sum), {
  expects: 'an MD5, 32 hexadecimal digits in lower case',
});

/** When to give up and how to follow a download; `obtainFile` takes the same. */
export const courseEntries: Entries<Pick<DownloadOptions, 'onProgress' | 'signal' | 'idleTimeout'>> = {
  onProgress: func(),
  signal: signalSchema,
  idleTimeout: whole({ min: 1 }),
};

export const downloadArguments: Entries<{ destination: string; options: DownloadOptions }> = {
  destination: filledText,
  options: optionsOf<DownloadOptions>(
    {
      name: filledText,
      bytes: whole({ min: 0 }),
      md5: md5Sum,
      urls: listOf(text),
      retries: whole({ min: 0 }),
      retryDelay: whole({ min: 0 }),
      ...courseEntries,
    },
    ['name', 'bytes', 'md5', 'urls'],
  ),
};

/**
 * Fetches a file to `destination`, whose folder is made if need be. A file that is there already and right is left as
 * it is.
 *
 * @throws Error that lists every address with its fault, and for a wrong checksum both sums; Error when another file
 * has the name of `destination`, which is not overwritten; RangeError for addresses that are not http(s) and names
 * that are paths; the reason of `signal` when aborted; file system errors as they are.
 */
export async function download(destination: string, options: DownloadOptions): Promise<void> {
  check('download', downloadArguments, { destination, options });
  const { bytes, md5, urls, signal } = options;
  const name = safeName(options.name, 'download');
  safeName(basename(destination), 'download');
  urls.forEach(checkAddress);
  signal?.throwIfAborted();
  await mkdir(dirname(destination), { recursive: true });
  if (await isThere(destination, options)) return;
  const part = await openPartialFile(destination, bytes);
  try {
    const faults = await fetchFromAny(part.file, destination, options);
    // Whoever was faster has verified what is there.
    if (faults === undefined && ((await part.publish()) || (await isThere(destination, options)))) return;
    if (faults === undefined)
      throw new Error(`download: ${destination} is a link that leads nowhere; remove it and run again`);
    if (await isThere(destination, options)) return;
    throw new Error(`download: could not fetch ${name} (${bytes} bytes, md5 ${md5})\n${faults.join('\n')}`);
  } finally {
    // A fault here must not hide the one above; what stays behind is removed by the next download.
    await part.leave().catch(() => undefined);
  }
}

/** Fills `file` from the first address that will do, and verifies it; returns what went wrong where none did. */
async function fetchFromAny(
  file: FileHandle,
  destination: string,
  options: DownloadOptions,
): Promise<string[] | undefined> {
  const { urls, signal, retries = 2, retryDelay = 500 } = options;
  const faults: string[] = [];
  for (const url of urls) {
    for (let attempt = 0; attempt <= retries; attempt++) {
      if (attempt > 0)
        await delay(retryDelay * 2 ** (attempt - 1), undefined, signal ? { signal } : {}).catch(() =>
          signal?.throwIfAborted(),
        );
      if (await isThere(destination, options)) return faults;
      try {
        const resumed = await complete(file, url, destination, options);
        await verify(file, options, resumed);
        return undefined;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof DownloadFault)) throw error;
        faults.push(`  ${url}: ${error.message}`);
        if (error.discard) await file.truncate(0);
        if (!error.retry) break;
      }
    }
  }
  return faults;
}

/** Brings `file` to its full size, going on from where it ends; tells whether it held anything before. */
async function complete(
  file: FileHandle,
  url: string,
  destination: string,
  options: DownloadOptions,
): Promise<boolean> {
  const { name, bytes, onProgress, signal, idleTimeout = 15_000 } = options;
  const { size } = await file.stat();
  if (size === bytes) return size > 0;
  const { start, chunks } = await requestRange(url, size, bytes, { idleTimeout, signal });
  if (start < size) await file.truncate(start);
  let position = start;
  const begun = performance.now();
  let looked = begun;
  for await (const chunk of chunks) {
    if (position + chunk.length > bytes) {
      throw new DownloadFault(`sent more than the ${bytes} bytes expected`, { discard: true });
    }
    await writeAt(file, chunk, position);
    position += chunk.length;
    const left = secondsLeft((performance.now() - begun) / 1000, position - start, bytes - start);
    onProgress?.({ phase: 'download', file: name, done: position, total: bytes, secondsLeft: left });
    if (performance.now() - looked > 2000) {
      looked = performance.now();
      if (
        await stat(destination).then(
          () => true,
          () => false,
        )
      )
        throw new DownloadFault('another process was faster', {});
    }
  }
  // A broken connection does not end, it throws: what ended here was another file, such as a login page.
  if (position < bytes)
    throw new DownloadFault(`ended after ${position} of ${bytes} bytes`, { discard: true, retry: start > 0 });
  return start > 0;
}

async function verify(file: FileHandle, { bytes, md5 }: DownloadOptions, resumed: boolean): Promise<void> {
  const found = await contentsOf(file);
  if (found.size !== bytes || found.md5 !== md5) {
    // The fault may lie in what an earlier attempt left, so the address gets another chance from the start.
    throw new DownloadFault(`sent ${found.size} bytes of md5 ${found.md5}, expected ${bytes} bytes of md5 ${md5}`, {
      discard: true,
      retry: resumed,
    });
  }
}

/**
 * Whether `destination` is there.
 *
 * @throws Error when it is another file than the one wanted.
 */
async function isThere(destination: string, { bytes, md5 }: DownloadOptions): Promise<boolean> {
  // Not to wait for a pipe that somebody left under this name.
  const file = await open(destination, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (!file) return false;
  try {
    const entry = await file.stat();
    const found = entry.isFile() && entry.size === bytes ? await contentsOf(file) : undefined;
    if (found?.md5 === md5) return true;
    const what = found ? `${bytes} bytes of md5 ${found.md5}` : entry.isFile() ? `${entry.size} bytes` : 'no file';
    throw new Error(
      `download: ${destination} holds ${what}, expected ${bytes} bytes of md5 ${md5}; delete it and run ` +
        'again to fetch it anew',
    );
  } finally {
    await file.close();
  }
}

async function contentsOf(file: FileHandle): Promise<{ size: number; md5: string }> {
  const hash = createHash('md5');
  let size = 0;
  for await (const chunk of readChunks(file)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, md5: hash.digest('hex') };
}
