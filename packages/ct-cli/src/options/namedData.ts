/**
 * The sets that come as archives, in the size of a network, whatever theirs.
 */
import type { Normalization, Preprocessing } from '@curvature-tuning/data';
import { ARCHIVE_CATALOG, catalog } from '@curvature-tuning/datasets';
import type { ArchiveName, Dataset } from '@curvature-tuning/datasets';
import { openDataset } from '@curvature-tuning/datasets/node';
import type { SetProgress, UnreadableImage } from '@curvature-tuning/datasets/node';
import { readOnce } from './readOnce.js';
import type { ReadOnceOptions, Splits } from './readOnce.js';

/** Names of all sets, those in memory first. */
export const DATA_NAMES: readonly string[] = [...Object.keys(catalog), ...Object.keys(ARCHIVE_CATALOG)];

/** Whether a set comes as archives, read image by image. */
export function isArchiveName(name: string): name is ArchiveName {
  return Object.hasOwn(ARCHIVE_CATALOG, name);
}

/** How a set is opened. */
export interface OpenNamedOptions extends ReadOnceOptions {
  readonly seed: number;
  readonly preprocessing: Preprocessing;
  /** Hears of downloads and unpacking. */
  readonly onFetch: (progress: SetProgress) => void;
  readonly skipUnreadable?: boolean | undefined;
}

/**
 * A set whose images are pixels of one size, before anything is done to their values; the mean and deviation of those
 * to train with where they are known.
 */
export interface PixelData
  extends Omit<Dataset, keyof Splits | keyof Normalization>, Splits, Partial<Pick<Dataset, keyof Normalization>> {
  /** Images that were left out. */
  readonly unreadable: readonly UnreadableImage[];
}

/**
 * A set that comes as archives, in the size and channels that a network takes.
 *
 * Every image is read once: see `readOnce`.
 *
 * @throws what `openDataset` throws, and what reading an image does.
 */
export async function openNamed(
  name: ArchiveName,
  { seed, preprocessing, onFetch, skipUnreadable, ...reading }: OpenNamedOptions,
): Promise<PixelData> {
  const [height, width, channels] = preprocessing.inputSize;
  const shape = [height, width, channels] as const;
  const { interpolation, cropMode, cropPct } = preprocessing;
  const form = { size: [height, width], channels: channels as 1 | 3, interpolation, cropMode, cropPct } as const;
  const { signal } = reading;
  const opened = await openDataset(name, { seed, signal, onProgress: onFetch, skipUnreadable, ...form });
  const { classes, mean, std, title, licence, origin, ownSplits, unreadable } = opened;
  // Those of grey images are those of each channel.
  const each = (numbers: readonly number[]): number[] =>
    Array.from({ length: channels }, (_, channel) => numbers[channel % numbers.length]!);
  return {
    name,
    title,
    classes,
    shape,
    mean: each(mean),
    std: each(std),
    licence,
    origin,
    seed,
    split: ownSplits.length === 3 ? 'folders' : 'stratified',
    unreadable,
    ...(await readOnce(opened, shape, reading)),
  };
}
