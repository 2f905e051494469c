import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { stubbedCaches } from '../../../../tools/vitest/pages/stubbedCaches.mjs';
import type { FileServer, Handler } from '../../test/fileServer.js';
import { breakingAfter, inTurn, serveFiles, whole } from '../../test/fileServer.js';
import type { CachedFileOptions } from './cachedFile.js';
import { cachedFile } from './inBrowser.js';

const file = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251);
const sha256 = createHash('sha256').update(file).digest('hex');
const KEY = 'https://cached.invalid/models/x.safetensors';

const store = stubbedCaches();
let server: FileServer;

afterEach(() => server.close());

async function get(handlers: Readonly<Record<string, Handler>>, options: Partial<CachedFileOptions> = {}) {
  server = await serveFiles(handlers);
  const urls = Object.keys(handlers).map((path) => `${server.url}${path}`);
  const request = { folder: 'models', name: 'x.safetensors', urls, ...options };
  return { request, found: await cachedFile(request) };
}
const gone: Handler = (_, response) => void response.writeHead(404).end();

describe('cachedFile in a browser', () => {
  it('fetches once, records the sum, and compares with it from then on', async () => {
    const { request, found } = await get({ '/x': whole(file) });
    expect(found).toMatchObject({ sha256, from: 'network', verified: 'first', place: KEY });
    expect(Buffer.from(found.bytes).equals(file)).toBe(true);
    expect(await cachedFile({ ...request, offline: true })).toMatchObject({ from: 'cache', verified: 'recorded' });
    expect(server.requests).toEqual(['/x']);
    await (await caches.open('')).put(KEY, new Response('another', { headers: { 'x-sha256': sha256 } }));
    await expect(cachedFile(request)).rejects.toThrow(`expected ${sha256}; it was deleted, load it again`);
    expect([...store.kept.keys()]).toEqual([]);
  });

  it('goes on where a connection broke, by a Range request', async () => {
    const { found } = await get({ '/x': inTurn(breakingAfter(file, 100_000), whole(file)) }, { sha256 });
    expect(found).toMatchObject({ sha256, verified: 'given' });
    expect(server.requests).toEqual(['/x', '/x bytes=100000-']);
    expect([...store.kept.keys()]).toEqual([KEY]);
  });

  it('goes on with what an earlier page left', async () => {
    await expect(get({ '/x': inTurn(breakingAfter(file, 100_000), gone) }, { sha256 })).rejects.toThrow(
      /^cachedFile: could not fetch x\.safetensors\n {2}http:.*\n {2}http:.*answered 404 Not Found$/,
    );
    expect([...store.kept.keys()]).toEqual([`${KEY}?piece=0`]);
    await server.close();
    await get({ '/x': whole(file) }, { sha256 });
    expect(server.requests).toEqual(['/x bytes=100000-']);
    expect([...store.kept.keys()]).toEqual([KEY]);
  });

  it('begins anew where what was left is of another file', async () => {
    store.kept.set(`${KEY}?piece=0`, new Blob([new Uint8Array(100_000)]));
    const { found } = await get({ '/x': whole(file) }, { sha256 });
    expect(found.sha256).toBe(sha256);
    expect(server.requests).toEqual(['/x bytes=100000-', '/x']);
  });

  it('tries one address after the other, and keeps no file of another sum', async () => {
    const { found } = await get({ '/a': gone, '/b': whole(new Uint8Array(9)), '/c': whole(file) }, { sha256 });
    expect(found.sha256).toBe(sha256);
    expect(server.requests).toEqual(['/a', '/b', '/c']);
  });

  it('goes without a place where the quota is reached, and on an insecure origin', async () => {
    store.limit.quota = 1000;
    expect((await get({ '/x': whole(file) })).found.place).toBeNull();
    await server.close();
    vi.stubGlobal('caches', undefined);
    expect((await get({ '/x': whole(file) })).found.place).toBeNull();
    await server.close();
    await expect(get({ '/x': whole(file) }, { offline: true })).rejects.toThrow('and offline is set');
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
