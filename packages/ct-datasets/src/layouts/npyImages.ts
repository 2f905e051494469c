/**
 * Images in an array of NumPy, read one by one from where they lie.
 */
import { DamagedFileError } from '../formats/damagedFile.js';
import { NPY_HEAD, parseNpy, parseNpyHeader } from '../formats/npy.js';
import type { NpyArray } from '../formats/npy.js';
import type { SetFiles, StoredPixels } from './layout.js';
import { findFile, readFile } from './setFiles.js';

/** The images of an array of bytes, `[n, h, w]` or `[n, h, w, channels]`; labels are those of the caller. */
export interface NpyImages {
  readonly count: number;
  readonly shape: StoredPixels['shape'];
  readonly read: (index: number) => Promise<Uint8Array>;
}

/**
 * Opens the array whose path ends so.
 *
 * @throws DamagedFileError where it is no array of images of one or three channels, or of another length.
 */
export async function npyImages(files: SetFiles, ending: string): Promise<NpyImages> {
  const source = await files.open(findFile(files, ending));
  const { shape, type, start, length } = parseNpyHeader(await source.slice(0, Math.min(NPY_HEAD, source.size)), ending);
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const isImages = shape.length >= 3 && shape.length <= 4 && (type === 'u1' || type === 'b1');
  if (!isImages || (channels !== 1 && channels !== 3) || height === 0 || width === 0)
    throw new DamagedFileError('loadDataset', {
      file: source.name,
      offset: 0,
      fault: `an array [${shape.join(', ')}] of ${type} holds no images`,
    });
  if (source.size !== length)
    throw new DamagedFileError('loadDataset', {
      file: source.name,
      offset: source.size,
      fault: `its shape [${shape.join(', ')}] calls for ${length} bytes`,
    });
  const size = height * width * channels;
  return {
    count,
    shape: [height, width, channels],
    read: (index) => source.slice(start + index * size, start + (index + 1) * size),
  };
}

/** The whole array whose path ends so: labels. */
export async function npyArray(files: SetFiles, ending: string): Promise<NpyArray> {
  return parseNpy(await readFile(files, ending), ending);
}

/**
 * Labels as class numbers.
 *
 * @throws DamagedFileError where there are not as many as images, or one is no class.
 */
export function labelsOf({ data, start, width }: NpyArray, count: number, classes: number, file: string): Int32Array {
  const labels = Int32Array.from(data);
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (labels.length !== count || wrong >= 0)
    throw new DamagedFileError('loadDataset', {
      file,
      offset: wrong >= 0 ? start + wrong * width : start,
      fault:
        wrong >= 0
          ? `label ${wrong} is ${labels[wrong]}, none of ${classes} classes`
          : `it holds ${labels.length} labels for ${count} images`,
    });
  return labels;
}
