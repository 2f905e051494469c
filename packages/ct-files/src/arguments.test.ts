// Every public function refuses arguments of a wrong kind, out of range or unknown, by their name: the tables are made
// from the schemas.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusals } from '@curvature-tuning/checks/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledFileArguments } from './bundledFile.js';
import { cachedFile } from './cached.js';
import { cachedFileArguments } from './cached/cachedFile.js';
import { cachedFile as cachedFileInBrowser } from './cachedInBrowser.js';
import { fetchPiecesArguments } from './cached/fetchPieces.js';
import { openCacheArguments } from './cached/pieces.js';
import { fetchBytesArguments } from './fetchBytes.js';
import * as files from './index.js';
import type { FileSource } from './index.js';
import * as node from './node.js';
import { cacheRootArguments } from './node/cacheRoot.js';
import { downloadArguments } from './node/download/download.js';
import { obtainFileArguments } from './node/download/obtainFile.js';
import { readIfPresentArguments } from './node/readIfPresent.js';
import { isFileNameArguments } from './node/safeName.js';
import { makeFolderArguments } from './node/write/makeFolder.js';
import { writeArguments } from './node/write/temporaryFile.js';
import { readSourceArguments } from './readSource.js';
import { requestRangeArguments } from './requestRange.js';
import { verifySha256Arguments } from './verifySha256.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arguments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const { covered, refuses } = refusals();

type BundledFile = { owner: string; name: string; load: () => Promise<unknown> };

it('what browsers have too', async () => {
  const good: BundledFile = { owner: 'models', name: 'x', load: () => Promise.resolve() };
  await refuses('bundledFile', bundledFileArguments, { good, atLeast: 50 }, ({ owner, name, load }) =>
    files.bundledFile(owner, name, load),
  );
  const url = new URL('https://example.org/x');
  await refuses('fetchBytes', fetchBytesArguments, { good: { url, options: {} }, atLeast: 40 }, (args) =>
    files.fetchBytes(args.url, args.options),
  );
  const source = Uint8Array.of(1);
  await refuses(
    'readSource',
    readSourceArguments,
    { good: { source: source as FileSource, options: {} }, atLeast: 40 },
    (args) => files.readSource(args.source, args.options),
  );
  const sums = { bytes: source, sha256: '0'.repeat(64), options: {} };
  await refuses('verifySha256', verifySha256Arguments, { good: sums, atLeast: 60 }, ({ bytes, sha256, options }) =>
    files.verifySha256(bytes, sha256, options),
  );
});

it('requests', async () => {
  const good = { url: 'https://example.org/x', position: 0, total: 1, limits: { idleTimeout: 1 } };
  await refuses('requestRange', requestRangeArguments, { good, atLeast: 60 }, ({ url, position, total, limits }) =>
    files.requestRange(url, position, total, limits),
  );
});

it('reading and writing', async () => {
  const path = join(folder, 'x');
  await refuses('readIfPresent', readIfPresentArguments, { good: { path }, atLeast: 15 }, (args) =>
    node.readIfPresent(args.path),
  );
  for (const name of ['replaceFile', 'writeOnce'] as const)
    await refuses(name, writeArguments, { good: { path, content: 'x' }, atLeast: 30 }, (args) =>
      node[name](args.path, args.content),
    );
  const fill = (): Promise<void> => Promise.resolve();
  await refuses(
    'makeFolder',
    makeFolderArguments,
    { good: { path: join(folder, 'made'), fill }, atLeast: 30 },
    (args) => node.makeFolder(args.path, args.fill),
  );
});

it('downloads', async () => {
  const md5 = '0'.repeat(32);
  const file = { name: 'x', bytes: 1, md5, urls: [] };
  const packed = { name: 'x', bytes: 1, md5, contents: { bytes: 1, md5 } };
  const destination = join(folder, 'downloaded');
  await refuses('download', downloadArguments, { good: { destination, options: file }, atLeast: 150 }, (args) =>
    node.download(args.destination, args.options),
  );
  await refuses(
    'obtainFile',
    obtainFileArguments,
    {
      good: { entry: { name: 'x', mirrors: [] }, file: packed, options: { root: folder, offline: true } },
      atLeast: 250,
    },
    ({ entry, file, options }) => node.obtainFile(entry, file, options),
  );
  await refuses('cacheRoot', cacheRootArguments, { good: { options: {} }, atLeast: 40 }, ({ options }) =>
    node.cacheRoot(options),
  );
  await refuses('isFileName', isFileNameArguments, { good: { name: 'x' }, atLeast: 15 }, ({ name }) =>
    node.isFileName(name),
  );
});

it('files that are kept', async () => {
  const good = { options: { folder: 'models', name: 'x', urls: [], root: folder, offline: true } };
  for (const keep of [cachedFile, cachedFileInBrowser])
    await refuses('cachedFile', cachedFileArguments, { good, atLeast: 150 }, ({ options }) => keep(options));
  await refuses('openCache', openCacheArguments, { good: { name: 'x' }, atLeast: 15 }, ({ name }) =>
    files.openCache(name),
  );
  const file = await files.Pieces.open(undefined, 'x');
  const request = { name: 'x', urls: [], verify: () => Promise.resolve(undefined) };
  await refuses('fetchPieces', fetchPiecesArguments, { good: { file, request }, atLeast: 80 }, (args) =>
    files.fetchPieces(args.file, args.request),
  );
});

it('the tables name every public function', () => {
  const functions = Object.entries({ ...files, ...node }).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );
  covered.add('DownloadFault').add('Pieces');
  // These two say of any value whether it is one.
  expect(functions.filter((name) => !covered.has(name))).toEqual(['isFileSource', 'isSha256']);
});
