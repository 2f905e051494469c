/**
 * Fashion-MNIST and MNIST in full, of their four files, wherever these are read from.
 */
import { DamagedFileError } from '../formats/damagedFile.js';
import type { IdxArray } from '../formats/idx.js';
import type { ImageSet } from '../images/imageSet.js';
import type { RemoteEntry, RemoteFile } from './catalog.js';

/**
 * All 60,000 images and the 10,000 to test.
 *
 * @param read The array in a file; asked for one after the other: two progress bars at once help nobody, nor do two
 * downloads from one server.
 * @throws DamagedFileError where the files hold other numbers of images than the catalogue says.
 */
export async function assembleFullSet(
  entry: RemoteEntry,
  read: (file: RemoteFile) => Promise<IdxArray>,
): Promise<{ train: ImageSet; test: ImageSet }> {
  const { trainImages, trainLabels, testImages, testLabels } = entry.files;
  const pair = async (images: RemoteFile, labels: RemoteFile, count: number): Promise<ImageSet> => {
    const imageArray = await read(images);
    const labelArray = await read(labels);
    const [height, width] = entry.shape;
    const { data: pixels } = imageArray;
    const { data: classes } = labelArray;
    if (
      !(pixels instanceof Uint8Array && classes instanceof Uint8Array) ||
      `${imageArray.shape.join()};${labelArray.shape.join()}` !== `${count},${height},${width};${count}`
    ) {
      throw new DamagedFileError('loadDataset', {
        file: images.name,
        offset: 0,
        fault:
          `it and ${labels.name} must hold [${count}, ${height}, ${width}] and [${count}] of uint8, got ` +
          `[${imageArray.shape.join(', ')}] and [${labelArray.shape.join(', ')}]`,
      });
    }
    return { images: pixels, labels: classes, shape: entry.shape, classes: entry.classes };
  };
  const train = await pair(trainImages, trainLabels, entry.counts.train);
  return { train, test: await pair(testImages, testLabels, entry.counts.test) };
}
