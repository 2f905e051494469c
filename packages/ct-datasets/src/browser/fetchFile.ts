/**
 * Files that a page fetches once, verified, and keeps.
 */
import { secondsLeft } from '@curvature-tuning/checks';
import { DownloadFault, requestRange } from '@curvature-tuning/files';
import { md5 } from '@noble/hashes/legacy';
import { sha256 } from '@noble/hashes/sha2';
import type { SetFile } from '../catalog/archives/setEntry.js';
import { addressIn } from '../opening/addressIn.js';
import type { SetProgress } from '../opening/setProgress.js';
import type { Pieces } from './pieces.js';

/** How files are fetched. */
export interface FetchFileOptions {
  /** Addresses of folders to fetch from, instead of the catalogue's: of servers that let this page read (CORS). */
  readonly mirrors?: readonly string[] | undefined;
  /** Name of the cache that files are kept in; `curvature-tuning` unless told. */
  readonly cache?: string | undefined;
  /** Whether to fail where a download would begin. */
  readonly offline?: boolean | undefined;
  /** Milliseconds without a kilobyte after which a server counts as stalled; 15,000 unless told. */
  readonly idleTimeout?: number | undefined;
  /** Called as a download and unpacking proceed. */
  readonly onProgress?: ((progress: SetProgress) => void) | undefined;
  /** Stops a download; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
}

/** How often an address is tried again without a byte of progress. */
const RETRIES = 2;
/** Milliseconds before that, longer each time. */
const RETRY_DELAY = 300;

/**
 * A file, from the cache or fetched into it: from one address after the other, from where a connection or an earlier
 * page broke off, and held to its size and sums before it counts.
 *
 * @param kept Where it is kept.
 * @throws Error where no address has it, that lists what each said; the reason of `signal`.
 */
export async function fetchFile(kept: Pieces, set: string, file: SetFile, options: FetchFileOptions): Promise<Blob> {
  if (kept.record !== undefined) return kept.blob();
  const { mirrors, offline = false, signal } = options;
  const urls = mirrors?.map((mirror) => addressIn(mirror, file.name)) ?? file.urls;
  if (offline || urls.length === 0)
    throw new Error(
      `loadDataset: ${file.name} of ${set} is not kept in this page, and ` +
        `${offline ? 'offline is set' : 'no address is known: pass {mirrors}'}`,
    );
  const faults: string[] = [];
  for (const url of urls)
    for (let failures = 0; failures <= RETRIES;) {
      signal?.throwIfAborted();
      const before = kept.length;
      try {
        await complete(kept, url, file, options);
        await verify(kept, file, before > 0);
        await kept.close();
        return kept.blob();
      } catch (error) {
        await kept.flush();
        signal?.throwIfAborted();
        if (!(error instanceof DownloadFault)) throw error;
        faults.push(`  ${url}: ${error.message}`);
        if (error.discard) await kept.clear();
        if (!error.retry) break;
        failures = kept.length > before ? 0 : failures + 1;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY * 2 ** failures));
      }
    }
  throw new Error(
    `loadDataset: ${file.name} of ${set} cannot be had. A page can read only from servers that allow it (CORS): pass ` +
      `{mirrors} of one that does.\n${faults.join('\n')}`,
  );
}

async function complete(kept: Pieces, url: string, file: SetFile, options: FetchFileOptions): Promise<void> {
  const { onProgress, signal, idleTimeout = 15_000 } = options;
  if (kept.length > 0 && kept.length === file.bytes) return;
  const { start, total, chunks } = await requestRange(url, kept.length, file.bytes, { idleTimeout, signal });
  if (start < kept.length) await kept.clear();
  const begun = performance.now();
  for await (const chunk of chunks) {
    if (total !== undefined && kept.length + chunk.length > total)
      throw new DownloadFault(`sent more than the ${total} bytes expected`, { discard: true });
    await kept.push(chunk);
    const done = kept.length;
    const left = secondsLeft((performance.now() - begun) / 1000, done - start, (total ?? done) - start);
    onProgress?.({ phase: 'download', file: file.name, done, total: total ?? done, secondsLeft: left });
  }
  if (total !== undefined && kept.length < total)
    throw new DownloadFault(`ended after ${kept.length} of ${total} bytes`, { retry: true });
}

/** Holds what has arrived to the sums that are known. */
async function verify(kept: Pieces, { md5: sum, sha256: longSum }: SetFile, isContinued: boolean): Promise<void> {
  if (sum === undefined && longSum === undefined) return;
  const [name, expected, hash] =
    longSum === undefined ? (['MD5', sum, md5.create()] as const) : (['SHA-256', longSum, sha256.create()] as const);
  const reader = kept.blob().stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) hash.update(next.value);
  const got = Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (got === expected?.toLowerCase()) return;
  // The fault may lie in what an earlier page left.
  throw new DownloadFault(`sent ${name} ${got}, expected ${expected}`, { discard: true, retry: isContinued });
}
