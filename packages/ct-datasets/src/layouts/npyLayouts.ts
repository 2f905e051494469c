/**
 * Sets that are arrays of NumPy: MedMNIST, dSprites, CIFAR-C.
 */
import { DamagedFileError } from '../formats/damagedFile.js';
import type { Layout, StoredPixels } from './layout.js';
import { labelsOf, npyArray, npyImages } from './npyImages.js';

/** `{train,val,test}_images.npy` and `…_labels.npy`. */
export const medmnist: Layout = async (files, entry) => {
  const split = async (name: string): Promise<StoredPixels> => {
    const { count, shape, read } = await npyImages(files, `${name}_images.npy`);
    const file = `${name}_labels.npy`;
    return { labels: labelsOf(await npyArray(files, file), count, entry.classCount, file), shape, read };
  };
  return {
    classes: entry.classes!,
    splits: { train: await split('train'), validation: await split('val'), test: await split('test') },
  };
};

/** `imgs.npy` of zeros and ones, `latents_classes.npy` whose second column is the shape: the class. */
export const dsprites: Layout = async (files, entry) => {
  const { count, shape, read } = await npyImages(files, 'imgs.npy');
  const file = 'latents_classes.npy';
  const { data, shape: sides, start, width } = await npyArray(files, file);
  const columns = sides[1] ?? 1;
  const shapes = {
    data: Int32Array.from({ length: sides[0] ?? 0 }, (_, i) => data[i * columns + 1] ?? -1),
    shape: sides,
    start: start + width,
    width: columns * width,
  };
  return {
    classes: entry.classes!,
    splits: {
      train: {
        labels: labelsOf(shapes, count, entry.classCount, file),
        shape,
        read: async (index) => (await read(index)).map((value) => value * 255),
      },
    },
  };
};

/** `<corruption>.npy`, in which each severity has as many images as `labels.npy` has labels for all five. */
export const corruptedArrays: Layout = async (files, entry, { variant = 'gaussian_noise', severity = 5 }) => {
  const { count, shape, read } = await npyImages(files, `${variant}.npy`);
  const labels = labelsOf(await npyArray(files, 'labels.npy'), count, entry.classCount, 'labels.npy');
  const each = count / 5;
  if (!Number.isInteger(each))
    throw new DamagedFileError('loadDataset', {
      file: `${variant}.npy`,
      fault: `${count} images are not five severities of as many`,
    });
  const first = (severity - 1) * each;
  const test = {
    labels: labels.subarray(first, first + each),
    shape,
    read: (index: number) => read(first + index),
  };
  return { classes: entry.classes!, splits: { test } };
};
