/**
 * The data set that `--data` names, in the form that a network takes.
 */
import type { DataSet, Normalization, Preprocessing } from '@curvature-tuning/data';
import { preprocess } from '@curvature-tuning/data';
import type { Dataset, ImageSet } from '@curvature-tuning/datasets';
import { ARCHIVE_CATALOG, channelStatistics, resizeToCover, toDataSet } from '@curvature-tuning/datasets';
import { imageFolder, loadDataset } from '@curvature-tuning/datasets/node';
import type { ImageSources, UnreadableImage } from '@curvature-tuning/datasets/node';
import { Digest } from '@curvature-tuning/checks';
import { stat } from 'node:fs/promises';
import { imageText, losses } from '../network/imageText.js';
import type { Network } from '../network/network.js';
import { BUNDLED } from '../network/bundled.js';
import { fetchProgress } from '../terminal/fetchProgress.js';
import type { Progress } from '../terminal/progress.js';
import { remark, visible } from '../terminal/terminal.js';
import type { PixelData } from './namedData.js';
import { DATA_NAMES, isArchiveName, openNamed } from './namedData.js';
import { readOnce } from './readOnce.js';
import { UsageError } from './usageError.js';

const NAMED = ['digits', 'fashion-mnist-sample', 'fashion-mnist', 'mnist'] as const;

/** Whether `--data` names a folder, and not a known set. */
export function isFolder(data: string): boolean {
  return !DATA_NAMES.includes(data);
}

/** @throws UsageError where `--data` names neither a known set nor a folder. */
export async function checkData(data: string): Promise<void> {
  if (!isFolder(data)) return;
  const info = await stat(data).catch(() => undefined);
  if (!info?.isDirectory())
    throw new UsageError(
      `--data must be one of ${DATA_NAMES.join(', ')}, or a folder of images; got "${data}", which is neither`,
    );
}

/** A set as a network takes it: three splits whose pixels are preprocessed when they are read. */
export interface LoadedData {
  name: string;
  title: string;
  /** Of the pixels as they were brought to size. */
  hash: string;
  /** Of these and of what is done to their values. */
  id: string;
  split: Dataset['split'];
  classes: readonly string[];
  train: DataSet;
  validation: DataSet;
  test: DataSet;
  /** The images as they were brought to size, before anything is done to their values. */
  pixels: Pick<PixelData, 'validation' | 'test'>;
  /** What was done to the images, and what they lose by it. */
  said: { what: string; losses: string[] };
}

/** How a set is loaded. */
export interface LoadDataOptions {
  seed: number;
  network: Pick<Network, 'name' | 'preprocessing' | 'preprocessingFrom'>;
  /**
   * `'given'`: values are made by the network's preprocessing, for the head it came with. Default `'fitted'`: those of
   * the bundled network have the set's own mean and deviation, as in the paper, for a new head.
   */
  values?: 'given' | 'fitted' | undefined;
  /** Whether images that cannot be read are left out, and named. */
  skipUnreadable?: boolean | undefined;
  signal: AbortSignal;
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Says of a download what it is at, where a bar is shown already. */
  onFetch?: ((text: string) => void) | undefined;
}

/** Has a bar say which image is read, and what a download is at. */
export function labelLoading(bar: Pick<Progress, 'label'>): Pick<LoadDataOptions, 'onProgress' | 'onFetch'> {
  return {
    onProgress: (done, total) => bar.label(`reading image ${done} of ${total}`),
    onFetch: (text) => bar.label(text),
  };
}

/** Loads a named set, or a folder of images with one folder a class, for a network. */
export async function loadData(
  data: string,
  { seed, network, values = 'fitted', skipUnreadable, signal, onProgress, onFetch }: LoadDataOptions,
): Promise<LoadedData> {
  const name = NAMED.find((known) => known === data);
  const { inputSize } = network.preprocessing;
  let dataset: PixelData;
  let sources: ImageSources;
  if (name !== undefined) {
    const fetching = fetchProgress(onFetch);
    const stored = await loadDataset(name, { seed, signal, onProgress: fetching.hear }).finally(fetching.stop);
    const [height, width, channels] = stored.shape;
    sources = { smallest: [width, height], largest: [width, height], coloured: channels === 1 ? 0 : totalOf(stored) };
    dataset = lazily(fitted(stored, network.preprocessing));
  } else if (isArchiveName(data)) {
    const { preprocessing } = network;
    const fetching = fetchProgress(onFetch);
    const opening = openNamed(data, {
      seed,
      preprocessing,
      skipUnreadable,
      signal,
      onFetch: fetching.hear,
      onProgress,
    });
    dataset = await opening.finally(fetching.stop);
    const [height, width, channels] = ARCHIVE_CATALOG[data].shape ?? inputSize;
    sources = { smallest: [width, height], largest: [width, height], coloured: channels === 1 ? 0 : totalOf(dataset) };
  } else {
    const [height, width, channels] = inputSize;
    const { interpolation, cropMode, cropPct } = network.preprocessing;
    const folder = await imageFolder(data, {
      size: [height, width],
      channels: channels as 1 | 3,
      interpolation,
      cropMode,
      cropPct,
      seed,
      skipUnreadable,
      signal,
      onProgress: ({ done, total }) => onProgress?.(done, total),
    });
    if (folder.skipped.length > 0)
      remark(
        `passed over ${folder.skipped.length} files that are not images, the first: ${visible(folder.skipped[0]!)}`,
      );
    ({ sources } = folder);
    dataset = { ...folder, ...(await readOnce(folder, folder.shape, { signal, onProgress })) };
  }
  tellUnreadable(dataset.unreadable);
  const preprocessing = values === 'given' ? network.preprocessing : await preprocessingFor(dataset, network);
  const { title, hash, split, classes } = dataset;
  const [train, validation, test] = [dataset.train, dataset.validation, dataset.test].map((set) =>
    set.map(preprocess(preprocessing)),
  ) as [DataSet, DataSet, DataSet];
  return {
    name: dataset.name,
    title,
    hash,
    id: new Digest().json([hash, preprocessing]).hex(),
    split,
    classes,
    train,
    validation,
    test,
    pixels: { validation: dataset.validation, test: dataset.test },
    said: {
      what: imageText({ images: totalOf(dataset), classes: classes.length }, sources, preprocessing),
      losses: losses(sources, preprocessing),
    },
  };
}

/** The bundled network takes images normalised as their set is, as the paper has it; others what they say. */
async function preprocessingFor(
  { mean, std, train }: Partial<Normalization> & Pick<PixelData, 'train'>,
  { name, preprocessing, preprocessingFrom }: Pick<Network, 'name' | 'preprocessing' | 'preprocessingFrom'>,
): Promise<Preprocessing> {
  if (name !== BUNDLED || preprocessingFrom === 'option') return preprocessing;
  return { ...preprocessing, ...(mean && std ? { mean, std } : await channelStatistics(train)) };
}

// As many of them are named.
const NAMED_UNREADABLE = 20;

/** Says how many images were left out, which, and why. */
export function tellUnreadable(unreadable: readonly UnreadableImage[]): void {
  if (unreadable.length === 0) return;
  remark(`left out ${unreadable.length} images that cannot be read:`);
  for (const { reason } of unreadable.slice(0, NAMED_UNREADABLE)) remark(`  ${visible(reason.message)}`);
  if (unreadable.length > NAMED_UNREADABLE) remark(`  and ${unreadable.length - NAMED_UNREADABLE} more`);
}

function lazily({ train, validation, test, ...facts }: Dataset): PixelData {
  const sets = { train: toDataSet(train), validation: toDataSet(validation), test: toDataSet(test) };
  return { ...facts, ...sets, unreadable: [] };
}

function totalOf({
  train,
  validation,
  test,
}: Record<'train' | 'validation' | 'test', { labels: ArrayLike<number> }>): number {
  return train.labels.length + validation.labels.length + test.labels.length;
}

/** A set of another size or of other channels as a network takes it. */
function fitted(dataset: Dataset, preprocessing: Preprocessing): Dataset {
  const { inputSize } = preprocessing;
  if (inputSize.join() === dataset.shape.join()) return dataset;
  const [train, validation, test] = [dataset.train, dataset.validation, dataset.test].map((set) =>
    fittedSet(set, preprocessing),
  ) as [ImageSet, ImageSet, ImageSet];
  return { ...dataset, shape: inputSize, train, validation, test };
}

function fittedSet({ images, labels, shape, classes }: ImageSet, preprocessing: Preprocessing): ImageSet {
  const { inputSize, interpolation } = preprocessing;
  const [height, width, channels] = inputSize;
  const size = shape[0] * shape[1] * shape[2];
  const to = height * width * channels;
  const all = new Uint8Array(labels.length * to);
  for (let i = 0; i < labels.length; i++) {
    const scaled = resizeToCover(images.subarray(i * size, (i + 1) * size), shape, [height, width], interpolation);
    if (shape[2] === channels) all.set(scaled, i * to);
    // Named sets are grey: each value once a channel.
    else for (let at = 0; at < to; at++) all[i * to + at] = scaled[Math.floor(at / channels)]!;
  }
  return { images: all, labels, shape: inputSize, classes };
}

/** How many images each split has. */
export function countsOf({ train, validation, test }: Pick<LoadedData, 'train' | 'validation' | 'test'>): {
  train: number;
  validation: number;
  test: number;
} {
  return { train: train.length, validation: validation.length, test: test.length };
}
