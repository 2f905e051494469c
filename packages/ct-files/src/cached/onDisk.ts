/**
 * Files that are fetched once and kept on the disk.
 */
import { check, hashOf } from '@curvature-tuning/checks';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../node/cacheRoot.js';
import { download } from '../node/download/download.js';
import { hasCode } from '../node/errorCode.js';
import { safeName } from '../node/safeName.js';
import { replaceFile } from '../node/write/replaceFile.js';
import { writeOnce } from '../node/write/writeOnce.js';
import { verifySha256 } from '../verifySha256.js';
import { cachedFileArguments, missingFile } from './cachedFile.js';
import type { CachedFile, CachedFileOptions } from './cachedFile.js';

/**
 * The bytes of a file: from `<root>/<folder>/<name>`, else downloaded to there by `download`, which goes on with what
 * an earlier attempt left and tries one address after the other. Where no SHA-256 is known, `<name>.sha256` beside it
 * keeps that of the first download.
 *
 * @throws Error when it has another sum than the one passed or recorded, naming both; when it is not there and
 * `offline` is set, or no address has it; RangeError for names that are paths.
 */
export async function cachedFile(options: CachedFileOptions): Promise<CachedFile> {
  check('cachedFile', cachedFileArguments, { options });
  const { name, urls, bytes, root, offline = false, onProgress, signal, idleTimeout } = options;
  const folder = safeName(options.folder, 'cachedFile');
  const directory = root === undefined ? cacheRoot({ variable: 'CT_CACHE', folder }) : join(root, folder);
  const path = join(directory, safeName(name, 'cachedFile'));
  const given = options.sha256?.toLowerCase();
  if (options.given !== undefined) {
    const bytes = options.given;
    if (given !== undefined) await verifySha256(bytes, given, { subject: `cachedFile: expected ${name}` });
    const sha256 = given ?? (await hashOf(bytes));
    await replaceFile(path, bytes);
    // Whoever passes another file means it.
    if (given === undefined) await replaceFile(`${path}.sha256`, `${sha256}\n`);
    return { bytes, sha256, from: 'given', verified: given === undefined ? 'first' : 'given', place: path };
  }
  const recorded = given === undefined ? await recordedSum(`${path}.sha256`) : undefined;
  const sha256 = given ?? recorded;
  let found = await bytesAt(path);
  const from = found === undefined ? 'network' : 'cache';
  if (found === undefined) {
    if (offline) throw missingFile(options, directory, 'offline is set');
    if (urls.length === 0) throw missingFile(options, directory, 'no address is known');
    await download(path, { name, urls, bytes, sha256, onProgress, signal, idleTimeout });
    found = await bytesAt(path);
    if (found === undefined) throw new Error(`cachedFile: ${path} vanished after its download; run again`);
  }
  const got = await hashOf(found);
  if (sha256 !== undefined && got !== sha256)
    throw new Error(
      `cachedFile: ${path} has SHA-256 ${got}, expected ${sha256}; delete it and run again to fetch it anew`,
    );
  if (sha256 === undefined) await writeOnce(`${path}.sha256`, `${got}\n`);
  const verified = given !== undefined ? 'given' : recorded !== undefined ? 'recorded' : 'first';
  return { bytes: found, sha256: got, from, verified, place: path };
}

/** The bytes themselves, which may be many: no copy of them. */
async function bytesAt(path: string): Promise<Uint8Array | undefined> {
  try {
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function recordedSum(path: string): Promise<string | undefined> {
  const bytes = await bytesAt(path);
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes).trim();
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new Error(`cachedFile: ${path} must hold a SHA-256; delete it to record that of the next download`);
}
