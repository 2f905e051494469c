import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileServer, Handler } from '../../test/fileServer.js';
import { breakingAfter, inTurn, serveFiles, whole } from '../../test/fileServer.js';
import type { CachedFileOptions, CachedFileProgress } from './cachedFile.js';
import { cachedFile } from './onDisk.js';

const file = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251);
const sha256 = createHash('sha256').update(file).digest('hex');
let root: string;
let server: FileServer;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cached-'));
});
afterEach(async () => {
  rmSync(root, { recursive: true });
  await server.close();
});

async function get(handlers: Readonly<Record<string, Handler>>, options: Partial<CachedFileOptions> = {}) {
  server = await serveFiles(handlers);
  const urls = Object.keys(handlers).map((path) => `${server.url}${path}`);
  const request = { folder: 'models', name: 'x.safetensors', urls, root, ...options };
  return { request, found: await cachedFile(request) };
}

describe('cachedFile on a disk', () => {
  it('fetches once, and says where the file is and what it was compared with', async () => {
    const { request, found } = await get({ '/x': whole(file) }, { sha256 });
    const place = join(root, 'models', 'x.safetensors');
    expect(found).toMatchObject({ sha256, from: 'network', verified: 'given', place });
    expect(Buffer.from(found.bytes).equals(file)).toBe(true);
    expect(await cachedFile({ ...request, offline: true })).toMatchObject({ sha256, from: 'cache', verified: 'given' });
    expect(server.requests).toEqual(['/x']);
  });

  it('records the sum of a file of which none is known, and compares with it from then on', async () => {
    const { request, found } = await get({ '/x': whole(file) });
    expect(found.verified).toBe('first');
    expect(readFileSync(join(root, 'models', 'x.safetensors.sha256'), 'utf8')).toBe(`${sha256}\n`);
    expect((await cachedFile(request)).verified).toBe('recorded');
    writeFileSync(join(root, 'models', 'x.safetensors'), 'other');
    await expect(cachedFile(request)).rejects.toThrow(
      new RegExp(`x\\.safetensors has SHA-256 [0-9a-f]{64}, expected ${sha256}; delete it and run again`),
    );
  });

  it('goes on where a connection broke, from another address, and tells how far it is', async () => {
    const progress: CachedFileProgress[] = [];
    const broken = inTurn(breakingAfter(file, 100_000), (_, response) => void response.writeHead(404).end());
    const onProgress = (one: CachedFileProgress): void => void progress.push(one);
    const { found } = await get({ '/a': broken, '/b': whole(file) }, { sha256, onProgress });
    expect(found.sha256).toBe(sha256);
    // What a broken connection leaves is what had been read of it.
    const from = Number(/bytes=(\d+)-/.exec(server.requests[1]!)![1]);
    expect(from).toBeLessThanOrEqual(100_000);
    expect(server.requests).toEqual(['/a', `/a bytes=${from}-`, `/b bytes=${from}-`]);
    expect(progress.at(-1)).toMatchObject({ phase: 'download', done: file.length, total: file.length });
  });

  it('names the addresses where it must not fetch', async () => {
    await expect(get({ '/x': whole(file) }, { offline: true })).rejects.toThrow(
      /^cachedFile: x\.safetensors is not in .*models, and offline is set; it can be had from\n {2}http/,
    );
    await server.close();
    await expect(get({})).rejects.toThrow('and no address is known; it can be had from nowhere');
  });

  it('keeps no file of another sum', async () => {
    await expect(get({ '/x': whole(file) }, { sha256: '0'.repeat(64) })).rejects.toThrow(
      `of sha256 ${sha256}, expected`,
    );
    expect(readdirSync(join(root, 'models'))).toEqual([]);
  });

  it('keeps what it is given, once verified, and fetches nothing', async () => {
    const { request, found } = await get({ '/x': whole(file) }, { given: file, sha256 });
    expect(found).toMatchObject({ sha256, from: 'given', verified: 'given' });
    expect(await cachedFile({ ...request, given: undefined, offline: true })).toMatchObject({ from: 'cache', sha256 });
    expect(server.requests).toEqual([]);
    await expect(cachedFile({ ...request, sha256: '0'.repeat(64) })).rejects.toThrow(
      `cachedFile: expected x.safetensors to have SHA-256 ${'0'.repeat(64)}, got ${sha256}`,
    );
  });
});
