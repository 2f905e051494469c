/**
 * A download into pieces that a page keeps: from one address after the other, and from where a connection or an earlier
 * page broke off.
 */
import {
  check,
  filledText,
  func,
  listOf,
  matching,
  options as optionsOf,
  secondsLeft,
  signal as signalSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { DownloadFault, requestRange } from '../requestRange.js';
import type { CachedFileProgress } from './cachedFile.js';
import { Pieces } from './pieces.js';

/** What {@link fetchPieces} is to get. */
export interface PiecesRequest {
  /** Name of the file, for progress. */
  readonly name: string;
  /** Addresses of the file, in the order in which they are tried. */
  readonly urls: readonly string[];
  /** Its size; unless told, what the server says. */
  readonly bytes?: number | undefined;
  /** Milliseconds without a kilobyte after which a server counts as stalled; 15,000 unless told. */
  readonly idleTimeout?: number | undefined;
  /** Called after every piece that arrives. */
  readonly onProgress?: ((progress: CachedFileProgress) => void) | undefined;
  /** Stops the download; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Says of the whole file what is wrong with it, such as its sum; undefined where nothing is. */
  readonly verify: (file: Pieces) => Promise<string | undefined>;
}

export const fetchPiecesArguments: Entries<{ file: Pieces; request: PiecesRequest }> = {
  file: matching((value): value is Pieces => value instanceof Pieces, { expects: 'a file of pieces' }),
  request: optionsOf<PiecesRequest>(
    {
      name: filledText,
      urls: listOf(filledText),
      bytes: whole({ min: 0 }),
      idleTimeout: whole({ min: 1 }),
      onProgress: func(),
      signal: signalSchema,
      verify: func<PiecesRequest['verify']>(),
    },
    ['name', 'urls', 'verify'],
  ),
};

/** How often an address is tried again without a byte of progress. */
const RETRIES = 2;
/** Milliseconds before that, longer each time. */
const RETRY_DELAY = 300;

/**
 * Completes a file of pieces, and verifies it.
 *
 * A server that is busy or breaks off is asked again, a little later each time, from where it broke off; what turns out
 * to be another file is forgotten.
 *
 * @returns undefined once the file is whole; else a line for each attempt, with the address and what came of it.
 * @throws the reason of `signal`, and what `verify` throws.
 */
export async function fetchPieces(file: Pieces, request: PiecesRequest): Promise<readonly string[] | undefined> {
  check('fetchPieces', fetchPiecesArguments, { file, request });
  const { urls, signal, verify } = request;
  const faults: string[] = [];
  for (const url of urls)
    for (let failures = 0; failures <= RETRIES;) {
      signal?.throwIfAborted();
      const before = file.length;
      try {
        await complete(file, url, request);
        const wrong = await verify(file);
        if (wrong === undefined) return undefined;
        // The fault may lie in what an earlier page left.
        throw new DownloadFault(wrong, { discard: true, retry: before > 0 });
      } catch (error) {
        await file.flush();
        signal?.throwIfAborted();
        if (!(error instanceof DownloadFault)) throw error;
        faults.push(`  ${url}: ${error.message}`);
        if (error.discard) await file.clear();
        if (!error.retry) break;
        failures = file.length > before ? 0 : failures + 1;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY * 2 ** failures));
      }
    }
  return faults;
}

/** Gets what is missing of a file from one address. */
async function complete(
  file: Pieces,
  url: string,
  { name, bytes, idleTimeout = 15_000, onProgress, signal }: PiecesRequest,
): Promise<void> {
  if (file.length > 0 && file.length === bytes) return;
  const { start, total, chunks } = await requestRange(url, file.length, bytes, { idleTimeout, signal });
  if (start < file.length) await file.clear();
  const begun = performance.now();
  for await (const chunk of chunks) {
    if (total !== undefined && file.length + chunk.length > total)
      throw new DownloadFault(`sent more than the ${total} bytes expected`, { discard: true });
    await file.push(chunk);
    const done = file.length;
    const seconds = (performance.now() - begun) / 1000;
    const left = secondsLeft(seconds, done - start, total === undefined ? null : total - start);
    onProgress?.({ phase: 'download', file: name, done, total: total ?? null, secondsLeft: left });
  }
  if (total !== undefined && file.length < total)
    throw new DownloadFault(`ended after ${file.length} of ${total} bytes`, { retry: true });
}
