/**
 * Files that a page fetches once, verified, and keeps.
 */
import { fetchPieces } from '@curvature-tuning/files';
import type { Pieces } from '@curvature-tuning/files';
import { md5 } from '@noble/hashes/legacy';
import { sha256 } from '@noble/hashes/sha2';
import type { SetFile } from '../catalog/archives/setEntry.js';
import { addressIn } from '../opening/addressIn.js';
import type { SetProgress } from '../opening/setProgress.js';

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

/**
 * A file, from the cache or fetched into it: from one address after the other, from where a connection or an earlier
 * page broke off, and held to its size and sums before it counts.
 *
 * @param kept Where it is kept.
 * @throws Error where no address has it, that lists what each said; the reason of `signal`.
 */
export async function fetchFile(kept: Pieces, set: string, file: SetFile, options: FetchFileOptions): Promise<Blob> {
  if (kept.record !== undefined) return kept.blob();
  const { mirrors, offline = false, onProgress, signal, idleTimeout } = options;
  const urls = mirrors?.map((mirror) => addressIn(mirror, file.name)) ?? file.urls;
  if (offline || urls.length === 0)
    throw new Error(
      `loadDataset: ${file.name} of ${set} is not kept in this page, and ` +
        `${offline ? 'offline is set' : 'no address is known: pass {mirrors}'}`,
    );
  const faults = await fetchPieces(kept, {
    name: file.name,
    urls,
    bytes: file.bytes,
    idleTimeout,
    onProgress: onProgress && ((event) => onProgress({ ...event, total: event.total ?? event.done })),
    signal,
    verify: (whole) => faultOf(whole, file),
  });
  if (faults === undefined) {
    await kept.close();
    return kept.blob();
  }
  throw new Error(
    `loadDataset: ${file.name} of ${set} cannot be had. A page can read only from servers that allow it (CORS): pass ` +
      `{mirrors} of one that does.\n${faults.join('\n')}`,
  );
}

/** What is wrong with a file by the sum that is known, if anything is. */
async function faultOf(file: Pieces, { md5: sum, sha256: longSum }: SetFile): Promise<string | undefined> {
  if (sum === undefined && longSum === undefined) return undefined;
  const [name, expected, hash] =
    longSum === undefined ? (['MD5', sum, md5.create()] as const) : (['SHA-256', longSum, sha256.create()] as const);
  const reader = file.blob().stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) hash.update(next.value);
  const got = Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return got === expected?.toLowerCase() ? undefined : `sent ${name} ${got}, expected ${expected}`;
}
