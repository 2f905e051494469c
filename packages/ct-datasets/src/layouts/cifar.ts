/**
 * CIFAR, the binary version.
 */
import type { ArchiveEntry } from '../catalog/archives/setEntry.js';
import { cifarLabels, cifarPixels, cifarRecordLength } from '../formats/cifarBinary.js';
import { chunksOf, collect } from '../formats/byteSource.js';
import type { Layout, SetFiles, StoredPixels } from './layout.js';
import { checkClasses, damagedSet, findFile, readText } from './setFiles.js';

const MOST_FILE = 2 ** 30;

/** `data_batch_{1..5}.bin`, `test_batch.bin`, `batches.meta.txt`. */
export const cifar10: Layout = (files, entry) =>
  cifar(files, entry, {
    labels: 1,
    train: [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`),
    test: 'test_batch.bin',
    names: 'batches.meta.txt',
  });

/** `train.bin`, `test.bin`, `fine_label_names.txt`. */
export const cifar100: Layout = (files, entry) =>
  cifar(files, entry, { labels: 2, train: ['train.bin'], test: 'test.bin', names: 'fine_label_names.txt' });

async function cifar(
  files: SetFiles,
  entry: ArchiveEntry,
  { labels, train, test, names }: { labels: 1 | 2; train: readonly string[]; test: string; names: string },
): ReturnType<Layout> {
  const classes = (await readText(files, names)).split(/\r?\n/).filter((line) => line.trim() !== '');
  checkClasses(classes, entry.classCount, files);
  const read = (list: readonly string[]): Promise<StoredPixels> =>
    records(files, list, { labels, classes: classes.length });
  return { classes, splits: { train: await read(train), test: await read([test]) } };
}

/** The records of one file after the other, in memory: 3 kB an image. */
async function records(
  files: SetFiles,
  names: readonly string[],
  { labels, classes }: { labels: 1 | 2; classes: number },
): Promise<StoredPixels> {
  const length = cifarRecordLength(labels);
  const batches = await Promise.all(
    names.map(async (name) => {
      const source = await files.open(findFile(files, name));
      const bytes = await collect(chunksOf(source), MOST_FILE, () =>
        damagedSet(source.name, `it is larger than ${MOST_FILE} bytes`),
      );
      return { bytes, labels: cifarLabels(bytes, { file: source.name, labels, classes }) };
    }),
  );
  const places = batches.flatMap(({ bytes, labels: own }) => Array.from(own, (_, i) => ({ bytes, start: i * length })));
  return {
    labels: Int32Array.from(batches.flatMap((batch) => [...batch.labels])),
    shape: [32, 32, 3],
    read: (index) => {
      const { bytes, start } = places[index]!;
      return cifarPixels(bytes.subarray(start, start + length), labels);
    },
  };
}
