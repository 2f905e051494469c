/**
 * A set that is read once before anything is done with it: for its name, and so that no damaged image ends a long run.
 */
import type { DataSet } from '@curvature-tuning/data';
import { toDataSet } from '@curvature-tuning/datasets';
import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';

/** The parts of a set. */
export type Splits = Record<(typeof SPLITS)[number], DataSet>;

/** Who hears of it, and what is kept. */
export interface ReadOnceOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The most bytes of pixels that are kept in memory, an eighth of the machine's unless told. */
  readonly mostKept?: number | undefined;
}

const SPLITS = ['train', 'validation', 'test'] as const;
// Images of a batch are decoded side by side.
const AT_ONCE = 64;

/**
 * The same set and its hash, which is that of `hashSplits`.
 *
 * What takes no more than `mostKept` bytes has been kept, and is not decoded again; a larger set is read from the disk
 * whenever an image is wanted.
 *
 * @param shape `[height, width, channels]` of its images, which are bytes.
 * @throws what reading an image does.
 */
export async function readOnce(
  splits: Splits,
  shape: readonly [height: number, width: number, channels: number],
  { signal, onProgress, mostKept = totalmem() / 8 }: ReadOnceOptions,
): Promise<Splits & { hash: string }> {
  const total = SPLITS.reduce((sum, split) => sum + splits[split].length, 0);
  const size = shape[0] * shape[1] * shape[2];
  const isKept = total * size <= mostKept;
  let done = 0;
  const read = async (set: DataSet): Promise<{ set: DataSet; hash: string }> => {
    const { labels, classes } = set;
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
    const bytes = new DataView(new ArrayBuffer(4 * set.length));
    labels.forEach((label, i) => bytes.setInt32(4 * i, label, true));
    return {
      set: kept ? toDataSet({ images: kept, labels, shape, classes }) : set,
      hash: hash.update(bytes).digest('hex'),
    };
  };
  const [train, validation, test] = [await read(splits.train), await read(splits.validation), await read(splits.test)];
  const hashes = `train ${train.hash}\nvalidation ${validation.hash}\ntest ${test.hash}\n`;
  return {
    train: train.set,
    validation: validation.set,
    test: test.set,
    hash: createHash('sha256').update(hashes).digest('hex'),
  };
}
