import { afterEach, expect, it } from 'vitest';
import { stubbedCaches } from '../../../../tools/vitest/pages/stubbedCaches.mjs';
import type { FileServer, Handler } from '../../test/fileServer.js';
import { breakingAfter, inTurn, serveFiles, whole } from '../../test/fileServer.js';
import type { CachedFileProgress } from './cachedFile.js';
import { fetchPieces } from './fetchPieces.js';
import type { PiecesRequest } from './fetchPieces.js';
import { openCache, Pieces } from './pieces.js';

const file = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251);
let server: FileServer;
const store = stubbedCaches();
afterEach(() => server.close());

const isRight = async (pieces: Pieces): Promise<string | undefined> =>
  Buffer.from(await pieces.blob().arrayBuffer()).equals(file) ? undefined : 'sent another file';

async function get(
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<PiecesRequest> = {},
): Promise<readonly string[] | undefined> {
  server = await serveFiles(handlers);
  const urls = Object.keys(handlers).map((path) => `${server.url}${path}`);
  const pieces = await Pieces.open(await openCache('x'), 'set/file');
  return fetchPieces(pieces, { name: 'file', urls, verify: isRight, ...options });
}

const gone: Handler = (_, response) => void response.writeHead(404).end();

it('goes on where a connection broke, and tells how far it is', async () => {
  const heard: CachedFileProgress[] = [];
  const onProgress = (event: CachedFileProgress): unknown => heard.push(event);
  const handlers = { '/x': inTurn(breakingAfter(file, 100_000), whole(file)) };
  expect(await get(handlers, { onProgress })).toBeUndefined();
  expect(server.requests).toEqual(['/x', '/x bytes=100000-']);
  expect(heard.at(-1)).toMatchObject({ phase: 'download', file: 'file', done: 200_000, total: 200_000 });
});

it('says what each address answered, and forgets what is another file', async () => {
  const faults = await get({ '/a': gone, '/b': whole(new Uint8Array(9)) });
  expect(faults).toHaveLength(2);
  expect(faults![0]).toMatch(/^ {2}http:.*\/a: answered 404/);
  expect(faults![1]).toMatch(/^ {2}http:.*\/b: sent another file$/);
  expect(store.kept.size).toBe(0);
});

it('ends with the reason of its signal', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(get({ '/x': whole(file) }, { signal })).rejects.toThrow('enough');
});
