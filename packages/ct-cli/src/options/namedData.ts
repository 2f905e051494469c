/**
 * The sets that come as archives, in the size of a network, whatever theirs.
 */
import type { DataSet, Preprocessing } from '@curvature-tuning/data';
import { ARCHIVE_CATALOG, catalog, toDataSet } from '@curvature-tuning/datasets';
import type { ArchiveName, Dataset } from '@curvature-tuning/datasets';
import { openDataset } from '@curvature-tuning/datasets/node';
import type { SetProgress } from '@curvature-tuning/datasets/node';
import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';

/** Names of all sets, those in memory first. */
export const DATA_NAMES: readonly string[] = [...Object.keys(catalog), ...Object.keys(ARCHIVE_CATALOG)];

/** Whether a set comes as archives, read image by image. */
export function isArchiveName(name: string): name is ArchiveName {
  return Object.hasOwn(ARCHIVE_CATALOG, name);
}

/** How a set is opened. */
export interface OpenNamedOptions {
  readonly seed: number;
  readonly preprocessing: Preprocessing;
  readonly signal: AbortSignal;
  /** Hears of downloads and unpacking. */
  readonly onFetch: (progress: SetProgress) => void;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The most bytes of pixels that are kept in memory, an eighth of the machine's unless told. */
  readonly mostKept?: number | undefined;
}

/** A set whose images are pixels of one size, before anything is done to their values. */
export type PixelData = Omit<Dataset, 'train' | 'validation' | 'test'> & Record<SplitName, DataSet>;

type SplitName = 'train' | 'validation' | 'test';

const SPLITS = ['train', 'validation', 'test'] as const;
// Images of a batch are decoded side by side.
const AT_ONCE = 64;

/**
 * A set that comes as archives, in the size and channels that a network takes.
 *
 * Every image is read once, for the hash, which is that of `hashSplits`. What then takes no more than `mostKept` bytes
 * has been kept, and is not decoded again; a larger set is read from the disk whenever an image is wanted.
 *
 * @throws what `openDataset` throws, and what reading an image does.
 */
export async function openNamed(
  name: ArchiveName,
  { seed, preprocessing, signal, onFetch, onProgress, mostKept = totalmem() / 8 }: OpenNamedOptions,
): Promise<PixelData> {
  const [height, width, channels] = preprocessing.inputSize;
  const shape = [height, width, channels] as const;
  const { interpolation, cropMode, cropPct } = preprocessing;
  const form = { size: [height, width], channels: channels as 1 | 3, interpolation, cropMode, cropPct } as const;
  const opened = await openDataset(name, { seed, signal, onProgress: onFetch, ...form });
  const { classes, mean, std, title, licence, origin, ownSplits } = opened;
  const total = SPLITS.reduce((sum, split) => sum + opened[split].length, 0);
  const size = height * width * channels;
  const isKept = total * size <= mostKept;
  let done = 0;
  const read = async (set: DataSet): Promise<{ set: DataSet; hash: string }> => {
    const kept = isKept ? new Uint8Array(set.length * size) : undefined;
    const hash = createHash('sha256').update(`image set ${[set.length, ...shape].join('x')}\n`);
    for (let start = 0; start < set.length; start += AT_ONCE) {
      signal.throwIfAborted();
      const count = Math.min(AT_ONCE, set.length - start);
      const examples = await Promise.all(Array.from({ length: count }, (_, i) => set.example(start + i)));
      for (const [i, { pixels }] of examples.entries()) {
        hash.update(pixels.values);
        kept?.set(pixels.values, (start + i) * size);
      }
      onProgress?.((done += count), total);
    }
    const labels = new DataView(new ArrayBuffer(4 * set.length));
    set.labels.forEach((label, i) => labels.setInt32(4 * i, label, true));
    return {
      set: kept ? toDataSet({ images: kept, labels: set.labels, shape, classes }) : set,
      hash: hash.update(labels).digest('hex'),
    };
  };
  const [train, validation, test] = [await read(opened.train), await read(opened.validation), await read(opened.test)];
  const hashes = `train ${train.hash}\nvalidation ${validation.hash}\ntest ${test.hash}\n`;
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
    train: train.set,
    validation: validation.set,
    test: test.set,
    seed,
    split: ownSplits.length === 3 ? 'folders' : 'stratified',
    hash: createHash('sha256').update(hashes).digest('hex'),
  };
}
