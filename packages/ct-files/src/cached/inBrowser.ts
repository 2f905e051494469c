/**
 * Files that are fetched once and kept in the browser's Cache Storage. A download leaves what has arrived there, piece
 * by piece, so that a page that was closed goes on with it.
 */
import { check, hashOf, secondsLeft } from '@curvature-tuning/checks';
import { checkAddress, DownloadFault, requestRange } from '../requestRange.js';
import { verifySha256 } from '../verifySha256.js';
import { cachedFileArguments, missingFile } from './cachedFile.js';
import type { CachedFile, CachedFileOptions } from './cachedFile.js';

/** As many bytes at least are a piece of an unfinished download. */
const PIECE_BYTES = 2 ** 22;
/** How often an address is tried again without a byte of progress. */
const RETRIES = 2;
/** Milliseconds before that. */
const RETRY_DELAY = 300;
const SUM = 'x-sha256';

/**
 * The bytes of a file: from the cache `root` (`curvature-tuning` unless told), else fetched and kept there. A
 * connection that breaks is gone on with from where it broke, by a Range request, in this page or the next. Where no
 * SHA-256 is known, that of the first download is recorded with the file. Pages on insecure origins have no Cache
 * Storage, and where the quota is reached nothing is kept: `place` is null then.
 *
 * @throws Error when it has another sum than the one passed or recorded, naming both; when it is not there and
 * `offline` is set, or no address has it.
 */
export async function cachedFile(options: CachedFileOptions): Promise<CachedFile> {
  check('cachedFile', cachedFileArguments, { options });
  options.urls.forEach(checkAddress);
  const { folder, name, urls, offline = false, root = 'curvature-tuning' } = options;
  // Typed as always present, which it is not on an insecure origin.
  const storage = globalThis.caches as CacheStorage | undefined;
  const cache = await storage?.open(root);
  // A name of no server: nothing is fetched from it.
  const key = `https://cached.invalid/${encodeURIComponent(folder)}/${encodeURIComponent(name)}`;
  const place = `the cache "${root}" of this page`;
  const given = options.sha256?.toLowerCase();
  if (options.given !== undefined) {
    const bytes = options.given;
    if (given !== undefined) await verifySha256(bytes, given, { subject: `cachedFile: expected ${name}` });
    const sha256 = given ?? (await hashOf(bytes));
    const isKept = await put(cache, key, bytes, { [SUM]: sha256 });
    const verified = given === undefined ? 'first' : 'given';
    return { bytes, sha256, from: 'given', verified, place: isKept ? key : null };
  }
  const kept = await cache?.match(key);
  if (kept !== undefined) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    const recorded = kept.headers.get(SUM) ?? undefined;
    const got = await hashOf(bytes);
    const expected = given ?? recorded;
    if (expected !== undefined && got !== expected) {
      await cache?.delete(key);
      throw new Error(
        `cachedFile: ${name} in ${place} has SHA-256 ${got}, expected ${expected}; it was deleted, load it again`,
      );
    }
    const verified = given !== undefined ? 'given' : 'recorded';
    return { bytes, sha256: got, from: 'cache', verified, place: key };
  }
  if (offline) throw missingFile(options, place, 'offline is set');
  if (urls.length === 0) throw missingFile(options, place, 'no address is known');
  const growing = await Growing.open(cache, key);
  const { bytes, sha256 } = await fetchFromAny(growing, options, given);
  const isKept = await put(cache, key, bytes, { [SUM]: sha256 });
  await growing.clear();
  const verified = given !== undefined ? 'given' : 'first';
  return { bytes, sha256, from: 'network', verified, place: isKept ? key : null };
}

async function fetchFromAny(
  growing: Growing,
  options: CachedFileOptions,
  expected: string | undefined,
): Promise<{ bytes: Uint8Array; sha256: string }> {
  const faults: string[] = [];
  for (const url of options.urls) {
    for (let failures = 0; failures <= RETRIES;) {
      options.signal?.throwIfAborted();
      const before = growing.length;
      try {
        await complete(growing, url, options);
        const bytes = growing.bytes();
        const sha256 = await hashOf(bytes);
        if (expected === undefined || sha256 === expected) return { bytes, sha256 };
        await growing.clear();
        // The fault may lie in what an earlier attempt left.
        throw new DownloadFault(`sent SHA-256 ${sha256}, expected ${expected}`, { retry: before > 0 });
      } catch (error) {
        await growing.keep();
        options.signal?.throwIfAborted();
        if (!(error instanceof DownloadFault)) throw error;
        faults.push(`  ${url}: ${error.message}`);
        if (error.discard) await growing.clear();
        if (!error.retry) break;
        failures = growing.length > before ? 0 : failures + 1;
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      }
    }
  }
  throw new Error(`cachedFile: could not fetch ${options.name}\n${faults.join('\n')}`);
}

async function complete(growing: Growing, url: string, options: CachedFileOptions): Promise<void> {
  const { name, onProgress, signal, idleTimeout = 15_000 } = options;
  if (growing.length > 0 && growing.length === options.bytes) return;
  const { start, total, chunks } = await requestRange(url, growing.length, options.bytes, { idleTimeout, signal });
  if (start < growing.length) await growing.clear();
  const begun = performance.now();
  for await (const chunk of chunks) {
    if (total !== undefined && growing.length + chunk.length > total)
      throw new DownloadFault(`sent more than the ${total} bytes expected`, { discard: true });
    await growing.push(chunk);
    const done = growing.length;
    const left = secondsLeft(
      (performance.now() - begun) / 1000,
      done - start,
      total === undefined ? null : total - start,
    );
    onProgress?.({ phase: 'download', file: name, done, total: total ?? null, secondsLeft: left });
  }
  if (total !== undefined && growing.length < total)
    throw new DownloadFault(`ended after ${growing.length} of ${total} bytes`, { retry: true });
}

/** A file that grows in memory, its pieces kept in the cache in turn. */
class Growing {
  private readonly cache: Cache | undefined;
  private readonly key: string;
  private chunks: Uint8Array[] = [];
  private pieces = 0;
  /** Chunks that are in no piece yet. */
  private loose = 0;
  private looseBytes = 0;
  length = 0;

  private constructor(cache: Cache | undefined, key: string) {
    this.cache = cache;
    this.key = key;
  }

  /** With what an earlier page left. */
  static async open(cache: Cache | undefined, key: string): Promise<Growing> {
    const growing = new Growing(cache, key);
    for (;;) {
      const piece = await cache?.match(`${key}?piece=${growing.pieces}`);
      if (piece === undefined) return growing;
      const bytes = new Uint8Array(await piece.arrayBuffer());
      growing.chunks.push(bytes);
      growing.length += bytes.length;
      growing.pieces++;
    }
  }

  async push(chunk: Uint8Array): Promise<void> {
    this.chunks.push(chunk);
    this.loose++;
    this.looseBytes += chunk.length;
    this.length += chunk.length;
    if (this.looseBytes >= PIECE_BYTES) await this.keep();
  }

  /** Makes a piece of what is in none. */
  async keep(): Promise<void> {
    if (this.looseBytes === 0) return;
    const bytes = joined(this.chunks.splice(-this.loose), this.looseBytes);
    this.chunks.push(bytes);
    if (await put(this.cache, `${this.key}?piece=${this.pieces}`, bytes)) this.pieces++;
    [this.loose, this.looseBytes] = [0, 0];
  }

  /** All of it; what it was made of is let go. */
  bytes(): Uint8Array {
    const all = joined(this.chunks, this.length);
    this.chunks = [all];
    [this.loose, this.looseBytes] = [0, 0];
    return all;
  }

  async clear(): Promise<void> {
    for (; this.pieces > 0; this.pieces--) await this.cache?.delete(`${this.key}?piece=${this.pieces - 1}`);
    [this.chunks, this.loose, this.looseBytes, this.length] = [[], 0, 0, 0];
  }
}

/** Whether there was room for it. */
async function put(
  cache: Cache | undefined,
  key: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<boolean> {
  if (cache === undefined) return false;
  try {
    await cache.put(key, new Response(bytes as Uint8Array<ArrayBuffer>, { headers }));
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') return false;
    throw error;
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1) return only!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
