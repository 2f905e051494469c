// Every public function refuses arguments of a wrong kind, out of range or unknown, by their name: the tables are made
// from the schemas.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { refusals } from '@curvature-tuning/checks/testing';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadBundledArguments } from './catalog/bundled.js';
import { loadDigitsArguments } from './catalog/digits.js';
import { loadDatasetArguments } from './catalog/loadDataset.js';
import { parseIdxArguments } from './formats/idx.js';
import { readIdxArguments } from './formats/readIdx.js';
import { augmentArguments } from './images/augment.js';
import { toBatchArguments } from './images/toBatch.js';
import { hashImageSetArguments, hashSplitsArguments } from './images/hashImageSet.js';
import { subsetArguments } from './images/imageSet.js';
import { resampleArguments } from './images/resample.js';
import { resizeToCoverArguments } from './images/resizeToCover.js';
import { scaleImageArguments } from './images/scaleImage.js';
import * as browser from './browser.js';
import { loadInPageArguments, openInPageArguments } from './browser/openDataset.js';
import * as datasets from './index.js';
import {
  augment,
  channelStatistics,
  hashImageSet,
  hashSplits,
  loadBundled,
  loadDigits,
  loadDataset,
  parseIdx,
  readIdx,
  resample,
  resizeToCover,
  scaleImage,
  subset,
  toBatch,
  toDataSet,
} from './index.js';
import * as node from './node.js';
import { cacheRootArguments } from './node/cacheRoot.js';
import { imageFolderArguments } from './node/folder/imageFolder.js';
import { loadImagesArguments } from './node/folder/loadImages.js';
import { loadDatasetArguments as nodeLoadDatasetArguments, loadSplitArguments } from './node/loadDataset.js';
import { remoteArguments } from './node/loadRemote.js';
import { openDatasetArguments } from './node/openDataset.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arguments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const { covered, refuses } = refusals(() => memory().numTensors);
const set = {
  images: Uint8Array.of(1, 2, 3),
  labels: Uint8Array.of(0, 1, 1),
  shape: [1, 1, 1] as const,
  classes: ['a', 'b'],
};
const pixels = new Uint8Array(4);
const sized = { pixels, shape: [2, 2, 1] as const, size: [1, 1] as const };

it('functions of a set', async () => {
  const sets: [string, (given: typeof set) => unknown][] = [
    ['toBatch', toBatch],
    ['toDataSet', toDataSet],
    ['subset', (given) => subset(given, [0])],
    ['channelStatistics', channelStatistics],
    ['hashImageSet', hashImageSet],
  ];
  for (const [caller, call] of sets)
    await refuses(caller, hashImageSetArguments, { good: { set }, atLeast: 100 }, (args) =>
      call(args.set as typeof set),
    );
  await refuses(
    'hashSplits',
    hashSplitsArguments,
    { good: { splits: { train: set, validation: set, test: set } }, atLeast: 300 },
    ({ splits }) => hashSplits(splits),
  );
});

it.each<[string, object, RegExp]>([
  [
    'a label that is no class',
    { labels: Uint8Array.of(0, 2, 0) },
    /labels must lie in \[0, 2\), the number of classes, got 2 at position 1/,
  ],
  ['too many pixels', { images: pixels }, /3 labels and shape \[1, 1, 1\] call for 3 pixel values, got 4/],
  [
    '64-bit labels',
    { labels: BigInt64Array.of(0n, 1n, 1n) },
    /\.labels must be class numbers, a Uint8Array or an Int32Array, got a BigInt64Array/,
  ],
  ['numbers for names', { classes: [1, 2] }, /\.classes\[0\] must be a text that is not empty, got 1/],
])('sets with %s are refused by every function', async (_, change, message) => {
  const wrong = { ...set, ...change };
  expect(() => toBatch(wrong)).toThrow(message);
  expect(() => toDataSet(wrong)).toThrow(message);
  expect(() => subset(wrong, [])).toThrow(message);
  expect(() => channelStatistics(wrong)).toThrow(message);
  await expect(hashImageSet(wrong)).rejects.toThrow(message);
  await expect(hashSplits({ train: set, validation: wrong, test: set })).rejects.toThrow(message);
});

it('toBatch, toDataSet and subset', async () => {
  await refuses('toBatch', toBatchArguments, { good: { normalization: {} }, atLeast: 50 }, ({ normalization }) =>
    toBatch(set, normalization),
  );
  await refuses('toDataSet', toBatchArguments, { good: { normalization: {} }, atLeast: 50 }, ({ normalization }) =>
    toDataSet(set, normalization),
  );
  await refuses('subset', subsetArguments, { good: { indices: [] }, atLeast: 15 }, ({ indices }) =>
    subset(set, indices),
  );
});

it('resample and resizeToCover', async () => {
  await refuses('resample', resampleArguments, { good: { ...sized, options: {} }, atLeast: 100 }, (args) =>
    resample(args.pixels, args.shape, args.size, args.options),
  );
  await refuses(
    'resizeToCover',
    resizeToCoverArguments,
    { good: { ...sized, filter: 'bicubic' as const }, atLeast: 80 },
    (args) => resizeToCover(args.pixels, args.shape, args.size, args.filter),
  );
  await refuses(
    'scaleImage',
    scaleImageArguments,
    { good: { ...sized, options: {} }, atLeast: 120 },
    ({ pixels, shape, size, options }) => scaleImage(pixels, shape, size, options),
  );
});

it('augment', async () => {
  await refuses('augment', augmentArguments, { good: { options: {} }, atLeast: 60 }, (args) => augment(args.options));
});

it('parseIdx and readIdx', async () => {
  await refuses(
    'parseIdx',
    parseIdxArguments,
    { good: { bytes: pixels, source: 'x' }, atLeast: 35 },
    ({ bytes, source }) => parseIdx(bytes, source),
  );
  await refuses(
    'readIdx',
    readIdxArguments,
    { good: { bytes: pixels, options: {} }, atLeast: 70 },
    ({ bytes, options }) => readIdx(bytes, options),
  );
});

it('loadBundled and loadDataset', async () => {
  await refuses('loadBundled', loadBundledArguments, { good: { name: 'digits' }, atLeast: 20 }, ({ name }) =>
    loadBundled(name as 'digits'),
  );
  await refuses(
    'loadDataset',
    loadDatasetArguments,
    { good: { name: 'digits', options: {} }, atLeast: 50 },
    ({ name, options }) => loadDataset(name as 'digits', options),
  );
  await refuses('loadDigits', loadDigitsArguments, { good: { options: {} }, atLeast: 30 }, ({ options }) =>
    loadDigits(options),
  );
});

it('what needs a disk', async () => {
  const remote = { offline: true, folder, sizes: { train: 20, validation: 10 } };
  await refuses(
    'loadDataset',
    nodeLoadDatasetArguments,
    { good: { name: 'mnist', options: remote }, atLeast: 200 },
    ({ name, options }) => node.loadDataset(name as 'mnist', options),
  );
  const open = { offline: true, folder, files: [] };
  await refuses(
    'openDataset',
    openDatasetArguments,
    { good: { name: 'beans', options: open }, atLeast: 250 },
    (given) => node.openDataset(given.name as 'beans', given.options),
  );
  for (const name of ['downloadDataset', 'verifyDataset'] as const)
    await refuses(name, openDatasetArguments, { good: { name: 'beans', options: open }, atLeast: 250 }, (given) =>
      node[name](given.name as 'beans', given.options),
    );
  const part = { ...open, split: 'test' as const };
  await refuses('loadDataset', loadSplitArguments, { good: { name: 'beans', options: part }, atLeast: 250 }, (given) =>
    node.loadDataset(given.name as 'beans', given.options),
  );
  await refuses('loadMnist', remoteArguments, { good: { options: remote }, atLeast: 180 }, ({ options }) =>
    node.loadMnist(options),
  );
  await refuses('loadFashionMnist', remoteArguments, { good: { options: remote }, atLeast: 180 }, ({ options }) =>
    node.loadFashionMnist(options),
  );
  await refuses(
    'imageFolder',
    imageFolderArguments,
    { good: { path: folder, options: { size: [1, 1] as [number, number] } }, atLeast: 120 },
    ({ path, options }) => node.imageFolder(path, options),
  );
  await refuses(
    'loadImages',
    loadImagesArguments,
    {
      good: { source: folder, target: { inputSize: [1, 1, 3] as [number, number, number] }, options: {} },
      atLeast: 40,
    },
    ({ source, target, options }) => node.loadImages(source, target, options),
  );
  await refuses('cacheRoot', cacheRootArguments, { good: { root: folder }, atLeast: 15 }, ({ root }) =>
    node.cacheRoot(root),
  );
});

it('in a page', async () => {
  const open = { offline: true, files: [] };
  await refuses('openDataset', openInPageArguments, { good: { name: 'beans', options: open }, atLeast: 200 }, (given) =>
    browser.openDataset(given.name as 'beans', given.options),
  );
  const part = { ...open, split: 'test' as const };
  await refuses('loadDataset', loadInPageArguments, { good: { name: 'beans', options: part }, atLeast: 200 }, (given) =>
    browser.loadDataset(given.name as 'beans', given.options),
  );
});

it('the tables name every public function', () => {
  const functions = Object.entries({ ...datasets, ...browser, ...node }).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  );
  // It takes nothing.
  covered.add('loadFashionMnistSample');
  covered.add('DamagedFileError');
  expect(functions.filter((name) => !covered.has(name))).toEqual([]);
});
