/**
 * The sets that `--data` names, in memory in the size of a network.
 */
import type { DataSet, Preprocessing } from '@curvature-tuning/data';
import { ARCHIVE_CATALOG, catalog, hashSplits } from '@curvature-tuning/datasets';
import type { ArchiveName, Dataset, ImageSet } from '@curvature-tuning/datasets';
import { openDataset } from '@curvature-tuning/datasets/node';
import type { SetProgress } from '@curvature-tuning/datasets/node';
import { totalmem } from 'node:os';

/** Names of all sets, those in memory first. */
export const DATA_NAMES: readonly string[] = [...Object.keys(catalog), ...Object.keys(ARCHIVE_CATALOG)];

/** Whether a set comes as archives, read image by image. */
export function isArchiveName(name: string): name is ArchiveName {
  return Object.hasOwn(ARCHIVE_CATALOG, name);
}

/** How a set is brought into memory. */
export interface CollectOptions {
  readonly seed: number;
  readonly preprocessing: Preprocessing;
  readonly signal: AbortSignal;
  /** Hears of downloads and unpacking. */
  readonly onFetch: (progress: SetProgress) => void;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

// Images of a batch are decoded side by side.
const AT_ONCE = 64;

/**
 * All images of a set that comes as archives, in the size and channels that a network takes.
 *
 * @throws RangeError for more than half of the machine's memory; what `openDataset` throws.
 */
export async function collectDataset(
  name: ArchiveName,
  { seed, preprocessing, signal, onFetch, onProgress }: CollectOptions,
): Promise<Dataset> {
  const [height, width, channels] = preprocessing.inputSize;
  const shape = [height, width, channels] as const;
  const { interpolation, cropMode, cropPct } = preprocessing;
  const form = { size: [height, width], channels: channels as 1 | 3, interpolation, cropMode, cropPct } as const;
  const opened = await openDataset(name, { seed, signal, onProgress: onFetch, ...form });
  const { train, validation, test, classes, mean, std, title, licence, origin, ownSplits } = opened;
  const total = train.length + validation.length + test.length;
  const bytes = total * height * width * channels;
  if (bytes > totalmem() / 2)
    throw new RangeError(
      `ct: ${total} images of ${name} take ${(bytes / 1e9).toFixed(1)} GB at ${width}x${height}, more than ` +
        "half of this machine's memory; take a smaller network, or fewer through openDataset()",
    );
  let done = 0;
  const collect = async (set: DataSet): Promise<ImageSet> => {
    const size = height * width * channels;
    const images = new Uint8Array(set.length * size);
    for (let start = 0; start < set.length; start += AT_ONCE) {
      signal.throwIfAborted();
      const count = Math.min(AT_ONCE, set.length - start);
      const examples = await Promise.all(Array.from({ length: count }, (_, i) => set.example(start + i)));
      examples.forEach(({ pixels }, i) => images.set(pixels.values, (start + i) * size));
      onProgress?.((done += count), total);
    }
    return { images, labels: set.labels, shape, classes };
  };
  const splits = { train: await collect(train), validation: await collect(validation), test: await collect(test) };
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
    ...splits,
    seed,
    split: ownSplits.length === 3 ? 'folders' : 'stratified',
    hash: await hashSplits(splits),
  };
}
