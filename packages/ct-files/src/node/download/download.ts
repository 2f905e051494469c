/**
 * Fetches one file whose size and sum are known, so that it is either there and right or not there at all.
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
import { checkAddress, DownloadFault, requestRange } from '../../requestRange.js';
import { hasCode } from '../errorCode.js';
import { safeName } from '../safeName.js';

/** How far a file has got. */
export interface DownloadProgress extends Progress {
  readonly phase: 'download';
  /** Bytes so far, those of an earlier attempt included. */
  readonly done: number;
  /** Bytes of the whole file; `done` where nobody says how many they are. */
  readonly total: number;
  /** Name of the file. */
  readonly file: string;
}

/** What {@link download} is to fetch and how. */
export interface DownloadOptions {
  readonly name: string;
  /** Its size; unless told, what the server says. */
  readonly bytes?: number | undefined;
  /** Its MD5, or its SHA-256, or both. Without either whatever a server sends is believed, but for web pages. */
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
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

/** 64 hexadecimal digits, lower case. */
export const sha256Sum: Schema<string> = satisfying(text, (sum) => /^[0-9a-f]{64}$/.test(sum), {
  expects: 'a SHA-256, 64 hexadecimal digits in lower case',
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
      sha256: sha256Sum,
      urls: listOf(text),
      retries: whole({ min: 0 }),
      retryDelay: whole({ min: 0 }),
      ...courseEntries,
    },
    ['name', 'urls'],
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
  const { bytes = Infinity, urls, signal } = options;
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
    throw new Error(
      `download: could not fetch ${name} (${described(options).replace(' of ', ', ')})\n${faults.join('\n')}`,
    );
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
  const { name, onProgress, signal, idleTimeout = 15_000 } = options;
  const { size } = await file.stat();
  if (size === options.bytes) return size > 0;
  const { start, total, chunks } = await requestRange(url, size, options.bytes, { idleTimeout, signal });
  const bytes = options.bytes ?? total;
  if (start < size) await file.truncate(start);
  let position = start;
  const begun = performance.now();
  let looked = begun;
  for await (const chunk of chunks) {
    if (bytes !== undefined && position + chunk.length > bytes) {
      throw new DownloadFault(`sent more than the ${bytes} bytes expected`, { discard: true });
    }
    await writeAt(file, chunk, position);
    position += chunk.length;
    const whole = bytes ?? position;
    const left = secondsLeft((performance.now() - begun) / 1000, position - start, whole - start);
    onProgress?.({ phase: 'download', file: name, done: position, total: whole, secondsLeft: left });
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
  if (bytes !== undefined && position < bytes)
    throw new DownloadFault(`ended after ${position} of ${bytes} bytes`, { discard: true, retry: start > 0 });
  return start > 0;
}

async function verify(file: FileHandle, options: DownloadOptions, resumed: boolean): Promise<void> {
  const found = await sumsOf(file, options);
  if (!isSame(found, options)) {
    // The fault may lie in what an earlier attempt left, so the address gets another chance from the start.
    throw new DownloadFault(`sent ${described(found)}, expected ${described(options)}`, {
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
async function isThere(destination: string, options: DownloadOptions): Promise<boolean> {
  // Not to wait for a pipe that somebody left under this name.
  const file = await open(destination, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (!file) return false;
  try {
    const entry = await file.stat();
    const mayBe = entry.isFile() && (options.bytes === undefined || entry.size === options.bytes);
    const found = mayBe ? await sumsOf(file, options) : undefined;
    if (found && isSame(found, options)) return true;
    const what = found ? described(found) : entry.isFile() ? `${entry.size} bytes` : 'no file';
    throw new Error(
      `download: ${destination} holds ${what}, expected ${described(options)}; delete it and run ` +
        'again to fetch it anew',
    );
  } finally {
    await file.close();
  }
}

/** What is known, or was found, of a file. */
type Sums = Partial<Pick<DownloadOptions, 'bytes' | 'md5' | 'sha256'>>;

function isSame(found: Sums, { bytes, md5, sha256 }: Sums): boolean {
  return (
    (bytes === undefined || found.bytes === bytes) &&
    (md5 === undefined || found.md5 === md5) &&
    (sha256 === undefined || found.sha256 === sha256)
  );
}

function described({ bytes, md5, sha256 }: Sums): string {
  const sums = [md5 && `md5 ${md5}`, sha256 && `sha256 ${sha256}`].filter(Boolean).join(' and ');
  return `${bytes ?? 'any number of'} bytes${sums === '' ? '' : ` of ${sums}`}`;
}

/** Size and those sums of a file that `asked` has. */
async function sumsOf(file: FileHandle, asked: Sums): Promise<Sums> {
  const names = (['md5', 'sha256'] as const).filter((name) => asked[name] !== undefined);
  const hashes = names.map((name) => createHash(name));
  let bytes = 0;
  for await (const chunk of names.length > 0 ? readChunks(file) : []) {
    for (const hash of hashes) hash.update(chunk);
    bytes += chunk.length;
  }
  if (names.length === 0) ({ size: bytes } = await file.stat());
  return { bytes, ...Object.fromEntries(names.map((name, i) => [name, hashes[i]!.digest('hex')])) };
}
