import { createHash } from 'node:crypto';
import { openCache, Pieces } from '@curvature-tuning/files';
import { serve } from '@curvature-tuning/tiny-sets';
import type { Fault, Server } from '@curvature-tuning/tiny-sets';
import { afterEach, describe, expect, it } from 'vitest';
import { stubbedCaches } from '../../../../tools/vitest/pages/stubbedCaches.mjs';
import type { SetFile } from '../catalog/archives/setEntry.js';
import { fetchFile } from './fetchFile.js';
import type { FetchFileOptions } from './fetchFile.js';

const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251);
const md5 = createHash('md5').update(bytes).digest('hex');
const sha256 = createHash('sha256').update(bytes).digest('hex');
let server: Server;
const store = stubbedCaches();
afterEach(() => server.close());

async function get(
  faults: readonly Fault[],
  file: Partial<SetFile> = { md5 },
  options: FetchFileOptions = {},
): Promise<boolean> {
  server = await serve({ 'x.zip': bytes }, (request) => faults[request]);
  const known: SetFile = {
    name: 'x.zip',
    urls: [`${server.url}x.zip`],
    bytes: bytes.length,
    sum: 'published',
    ...file,
  };
  const blob = await fetchFile(await Pieces.open(await openCache('x'), 'set/x.zip'), 'set', known, options);
  return Buffer.from(await blob.arrayBuffer()).equals(bytes);
}

describe('fetchFile', () => {
  it.each([{ md5 }, { sha256 }, { md5: md5.toUpperCase() }, {}])('fetches a file and holds it to %o', async (sums) => {
    expect(await get([], sums)).toBe(true);
    expect(server.requests).toEqual(['x.zip']);
  });

  it.each([
    { what: 'goes on where a connection broke', faults: ['broken'] as const, asked: ['x.zip', 'x.zip bytes=100000-'] },
    { what: 'follows a redirect', faults: ['redirected'] as const, asked: ['x.zip', 'x.zip'] },
    { what: 'waits for a busy server', faults: ['busy', 'busy'] as const, asked: ['x.zip', 'x.zip', 'x.zip'] },
  ])('$what', async ({ faults, asked }) => {
    expect(await get(faults)).toBe(true);
    expect(server.requests).toEqual(asked);
  });

  it.each([
    { what: 'a page to log in on', faults: ['page'] as const, said: /announced|web page/ },
    { what: 'other bytes', faults: ['wrong'] as const, said: /sent MD5 [0-9a-f]{32}, expected [0-9a-f]{32}/ },
    { what: 'nothing', faults: ['missing'] as const, said: /answered 404/ },
  ])('takes $what for no file, and keeps none of it', async ({ faults, said }) => {
    await expect(get(faults)).rejects.toThrow(said);
    expect(store.kept.size).toBe(0);
  });

  it('asks mirrors in place of the catalogue, one after the other, and nobody when offline', async () => {
    server = await serve({ 'x.zip': bytes });
    const mirrors = [`${server.url}no/`, server.url];
    await server.close();
    await expect(get([], { md5, urls: ['http://127.0.0.1:1/'] }, { mirrors })).rejects.toThrow(
      /\/no\/x\.zip: .*\n.*x\.zip: /,
    );
    await server.close();
    await expect(get([], { md5 }, { offline: true })).rejects.toThrow('offline is set');
    await server.close();
    await expect(get([], { urls: [] })).rejects.toThrow('no address is known: pass {mirrors}');
  });

  it('ends with the reason of a signal', async () => {
    await expect(get([], { md5 }, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
