// Every public function refuses arguments of a wrong kind, out of range or unknown, by their name: the tables are made
// from the schemas.
import '@tensorflow/tfjs-backend-cpu';
import { refusals } from '@curvature-tuning/checks/testing';
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import * as data from './index.js';
import {
  dataSet,
  normalizationOf,
  normalize,
  preprocess,
  readableOnly,
  scikitSplit,
  stratifiedSplit,
} from './index.js';
import type { Pixels } from './index.js';
import {
  batchesArguments,
  dataSetArguments,
  exampleArguments,
  mapArguments,
  subsetArguments,
  takeArguments,
  toTfDataArguments,
} from './lazyDataSet.js';
import { normalizeArguments } from './normalize.js';
import { preprocessArguments } from './preprocessing.js';
import { readableOnlyArguments } from './readableOnly.js';
import { scikitSplitArguments } from './split/scikitSplit.js';
import { stratifiedSplitArguments } from './split/stratifiedSplit.js';

// The first three take any value; the last what a model has, see classifierMeta.test.ts.
const { covered, refuses } = refusals(() => memory().numTensors);
for (const name of ['isDataSet', 'isExamples', 'isInMemory', 'classifierMetaOf']) covered.add(name);
const read = (): Pixels => ({ values: new Uint8Array(1), shape: [1] });
const set = dataSet({ labels: [0, 0], classes: ['a'], read });

it('dataSet and its methods', async () => {
  const source = { labels: [0], classes: ['a'], preprocessing: { inputSize: [1, 1, 1] } as const, read };
  await refuses('dataSet', dataSetArguments, { good: { source }, atLeast: 150 }, (given) => dataSet(given.source));
  await refuses('DataSet.example', exampleArguments, { good: { index: 0 }, atLeast: 15 }, ({ index }) =>
    set.example(index),
  );
  await refuses(
    'DataSet.batches',
    batchesArguments,
    { good: { size: 1, options: {} }, atLeast: 90 },
    ({ size, options }) => set.batches(size, options),
  );
  await refuses(
    'DataSet.map',
    mapArguments,
    { good: { transform: (pixels: Pixels) => pixels }, atLeast: 15 },
    ({ transform }) => set.map(transform),
  );
  await refuses('DataSet.take', takeArguments, { good: { count: 0 }, atLeast: 15 }, ({ count }) => set.take(count));
  await refuses('DataSet.skip', takeArguments, { good: { count: 0 }, atLeast: 15 }, ({ count }) => set.skip(count));
  await refuses('DataSet.subset', subsetArguments, { good: { indices: [] }, atLeast: 15 }, ({ indices }) =>
    set.subset(indices),
  );
});

it('DataSet.toTfData', async () => {
  const data = { generator: () => 0 };
  await refuses('DataSet.toTfData', toTfDataArguments, { good: { data, size: 1, options: {} }, atLeast: 90 }, (given) =>
    set.toTfData(given.data, given.size, given.options),
  );
});

it('readableOnly', async () => {
  await refuses('readableOnly', readableOnlyArguments, { good: { set, options: {} }, atLeast: 30 }, (given) =>
    readableOnly(given.set, given.options),
  );
});

it('normalize', async () => {
  await refuses('normalize', normalizeArguments, { good: { normalization: {} }, atLeast: 50 }, ({ normalization }) =>
    normalize(normalization),
  );
});

it('normalizationOf', async () => {
  const preprocessing = { inputSize: [1, 1, 1] } as const;
  await refuses('normalizationOf', preprocessArguments, { good: { preprocessing }, atLeast: 90 }, (given) =>
    normalizationOf(given.preprocessing),
  );
});

it('preprocess', async () => {
  const preprocessing = { inputSize: [1, 1, 1] } as const;
  await refuses('preprocess', preprocessArguments, { good: { preprocessing }, atLeast: 90 }, (given) =>
    preprocess(given.preprocessing),
  );
});

it('scikitSplit', async () => {
  const good = { labels: [0, 0], sizes: [1, 1] as const, seed: 0 };
  await refuses('scikitSplit', scikitSplitArguments, { good, atLeast: 60 }, ({ labels, sizes, seed }) =>
    scikitSplit(labels as number[], sizes, seed),
  );
});

it('stratifiedSplit', async () => {
  await refuses(
    'stratifiedSplit',
    stratifiedSplitArguments,
    { good: { labels: [0, 0], parts: [1], seed: 0 }, atLeast: 60 },
    ({ labels, parts, seed }) => stratifiedSplit(labels as number[], parts, seed),
  );
  for (const label of [-1, 0.5, NaN])
    expect(() => stratifiedSplit([0, label], [1], 0)).toThrow(
      `stratifiedSplit: labels must be class numbers from 0, got ${label} as label of example 1`,
    );
});

it('the tables name every public function', () => {
  const functions = Object.entries(data).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  expect(functions.filter((name) => !covered.has(name))).toEqual([]);
});
