import { afterEach, describe, expect, it, vi } from 'vitest';
import { readAsset } from '../src/asset.js';

afterEach(() => vi.unstubAllGlobals());

describe('readAsset', () => {
  it('reads a file, and a data address as bundlers make them of small files', async () => {
    expect((await readAsset(new URL('../package.json', import.meta.url)))[0]).toBe('{'.charCodeAt(0));
    expect(await readAsset(new URL('data:application/octet-stream;base64,AAEC'))).toEqual(Uint8Array.of(0, 1, 2));
  });

  it('fetches over HTTP, without a look at Node', async () => {
    vi.stubGlobal('process', undefined);
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(Uint8Array.of(1, 2))));
    expect(await readAsset(new URL('https://example.org/x.gz'))).toEqual(Uint8Array.of(1, 2));
  });

  it('names the address a server refuses', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 404, statusText: 'Not Found' })));
    await expect(readAsset(new URL('https://example.org/x.gz'))).rejects.toThrow(/^readAsset: https:\/\/example\.org\/x\.gz answered 404 Not Found; serve the data folder/);
  });
});
