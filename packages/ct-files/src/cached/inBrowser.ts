/**
 * Files that are fetched once and kept in the browser's Cache Storage. A download leaves what has arrived there, piece
 * by piece, so that a page that was closed goes on with it.
 */
import { check, hashOf } from '@curvature-tuning/checks';
import { checkAddress } from '../requestRange.js';
import { verifySha256 } from '../verifySha256.js';
import { cachedFileArguments, missingFile } from './cachedFile.js';
import type { CachedFile, CachedFileOptions } from './cachedFile.js';
import { fetchPieces } from './fetchPieces.js';
import { openCache, Pieces } from './pieces.js';

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
  const cache = await openCache(root);
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
  const { bytes, sha256 } = await fetched(await Pieces.open(cache, `${folder}/${name}`), options, given);
  const isKept = await put(cache, key, bytes, { [SUM]: sha256 });
  const verified = given !== undefined ? 'given' : 'first';
  return { bytes, sha256, from: 'network', verified, place: isKept ? key : null };
}

/** Fetches a file piece by piece; nothing of it is kept once it is whole. */
async function fetched(
  pieces: Pieces,
  { name, urls, bytes: size, idleTimeout, onProgress, signal }: CachedFileOptions,
  expected: string | undefined,
): Promise<{ bytes: Uint8Array; sha256: string }> {
  let [bytes, sha256] = [new Uint8Array(), ''];
  const verify = async (whole: Pieces): Promise<string | undefined> => {
    bytes = new Uint8Array(await whole.blob().arrayBuffer());
    sha256 = await hashOf(bytes);
    return expected === undefined || sha256 === expected ? undefined : `sent SHA-256 ${sha256}, expected ${expected}`;
  };
  const faults = await fetchPieces(pieces, { name, urls, bytes: size, idleTimeout, onProgress, signal, verify });
  if (faults) throw new Error(`cachedFile: could not fetch ${name}\n${faults.join('\n')}`);
  await pieces.clear();
  return { bytes, sha256 };
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
