/**
 * Fetch one file whose size and MD5 are known, so that it is either there and right or not there at all.
 *
 * Bytes are written to `<name>.part` and renamed once they are verified; a download that is interrupted, even by a
 * kill, goes on from there the next time. Every write goes to the offset it belongs to, and no file is ever begun
 * but at its first byte, so that processes that fetch the same file at once write the same bytes to the same places
 * and do each other no harm, whoever renames first.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DownloadFault, requestRange } from './requestRange.js';

/** How far a file has got. */
export interface DownloadProgress {
  /** Name of the file. */
  readonly file: string;
  /** Bytes so far, those of an earlier attempt included. */
  readonly received: number;
  /** Bytes of the whole file. */
  readonly total: number;
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
  readonly retries?: number;
  /** Milliseconds before the first of these, doubled for each further one; 500 unless told. */
  readonly retryDelay?: number;
}

/**
 * Fetch a file to `destination`, whose folder is made if need be. A file of the right size that is there already is
 * left as it is.
 *
 * @throws Error that lists every address with its fault, and for a wrong checksum both sums; the reason of `signal`
 * when aborted; file system errors as they are.
 */
export async function download(destination: string, options: DownloadOptions): Promise<void> {
  const { name, bytes, md5, urls, signal, retries = 2, retryDelay = 500 } = options;
  const part = `${destination}.part`;
  const faults: string[] = [];
  signal?.throwIfAborted();
  await mkdir(dirname(destination), { recursive: true });
  for (const url of urls) {
    for (let attempt = 0; attempt <= retries; attempt++) {
      try {
        if ((await sizeOf(destination)) === bytes) return;
        if (attempt > 0) await delay(retryDelay * 2 ** (attempt - 1), undefined, signal ? { signal } : {});
        const resumed = await complete(part, url, options);
        await verify(part, options, resumed);
        await rename(part, destination);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if ((await sizeOf(destination)) === bytes) {
          // Another process that fetched the same file was faster; what is left here is of no more use.
          await rm(part, { force: true });
          return;
        }
        const fault = isMissing(error) ? new DownloadFault('another process took the partial file away', { retry: true }) : error;
        if (!(fault instanceof DownloadFault)) throw error;
        faults.push(`  ${url}: ${fault.message}`);
        if (fault.discard) await rm(part, { force: true });
        if (!fault.retry) break;
      }
    }
  }
  throw new Error(`download: could not fetch ${name} (${bytes} bytes, md5 ${md5})\n${faults.join('\n')}`);
}

/** Bring `part` to its full size, going on from where it ends; tells whether it held anything before. */
async function complete(part: string, url: string, { name, bytes, onProgress, signal }: DownloadOptions): Promise<boolean> {
  let position = await sizeOf(part);
  if (position === bytes) return true;
  if (position > bytes) {
    await rm(part, { force: true });
    position = 0;
  }
  const { start, chunks } = await requestRange(url, position, bytes, signal);
  position = start;
  // Never truncated, and created only to be written from its first byte, see the head of this file.
  const file = await open(part, start > 0 ? constants.O_RDWR : constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    for await (const chunk of chunks) {
      if (position + chunk.length > bytes) {
        throw new DownloadFault(`sent more than the ${bytes} bytes expected`, { discard: true });
      }
      await writeAt(file, chunk, position);
      position += chunk.length;
      onProgress?.({ file: name, received: position, total: bytes });
    }
    // Before the rename, lest a power cut leave the name without the bytes.
    await file.sync();
  } finally {
    await file.close();
  }
  // A broken connection does not end, it throws: what ended here was another file, such as a login page.
  if (position < bytes) throw new DownloadFault(`ended after ${position} of ${bytes} bytes`, { discard: true, retry: start > 0 });
  return start > 0;
}

async function writeAt(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

async function verify(part: string, { bytes, md5 }: DownloadOptions, resumed: boolean): Promise<void> {
  const hash = createHash('md5');
  let size = 0;
  for await (const chunk of createReadStream(part) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  const found = hash.digest('hex');
  if (size !== bytes || found !== md5) {
    // The fault may lie in what an earlier attempt left, so the address gets another chance from the start.
    throw new DownloadFault(`sent ${size} bytes of md5 ${found}, expected ${bytes} bytes of md5 ${md5}`, { discard: true, retry: resumed });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(({ size }) => size, () => 0);
}
