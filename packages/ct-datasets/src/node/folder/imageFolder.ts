/**
 * Images of one's own: one folder a class, as torchvision's `ImageFolder` has them.
 */
import {
  check,
  count,
  filledText,
  flag,
  func,
  options as optionsOf,
  pick,
  satisfying,
  seed as seedSchema,
  signal as signalSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { DataSet } from '@curvature-tuning/data';
import { totalmem } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Dataset } from '../../catalog/dataset.js';
import { imageSize } from '../../images/resample.js';
import type { Scaling } from '../../images/resizeToCover.js';
import { scalingEntries } from '../../opening/storedPixels.js';
import type { UnreadableImage } from '../../opening/unreadable.js';
import { printable } from '../../printable.js';
import { findLayout } from './folderLayout.js';
import type { FolderLayout } from './folderLayout.js';
import type { DecodeOptions, ImageSources } from './lazyImages.js';
import { lazyImages, sourcesOf } from './lazyImages.js';

/** Options of {@link imageFolder}; `interpolation`, `cropMode` and `cropPct` are those of a `Preprocessing`. */
export interface ImageFolderOptions extends Scaling, DecodeOptions {
  /** `[height, width]` that all images are brought to. */
  readonly size: readonly [height: number, width: number];
  /** 1 for grey, 3 for RGB, which it is unless told. */
  readonly channels?: 1 | 3 | undefined;
  /** Whole number in [0, 2^32), 42 unless told; of no effect where the folders split the images themselves. */
  readonly seed?: number | undefined;
}

export const imageFolderArguments: Entries<{ path: string; options: ImageFolderOptions }> = {
  path: filledText,
  options: optionsOf<ImageFolderOptions>(
    {
      size: imageSize,
      ...scalingEntries,
      channels: satisfying(whole(), (value) => value === 1 || value === 3, {
        expects: '1 (grey) or 3 (RGB)',
      }) as Schema<1 | 3>,
      seed: seedSchema,
      maxPixels: count,
      skipUnreadable: flag,
      onProgress: func(),
      signal: signalSchema,
    },
    ['size'],
  ),
};

/** The images of a folder, which are decoded when they are asked for. */
export interface ImageFolderDataset extends Omit<Dataset, 'train' | 'validation' | 'test' | 'mean' | 'std' | 'hash'> {
  readonly train: DataSet;
  readonly validation: DataSet;
  readonly test: DataSet;
  /** Paths of the files that were passed over because they are not images. */
  readonly skipped: readonly string[];
  /** The images that `skipUnreadable` left out; none without it. */
  readonly unreadable: readonly UnreadableImage[];
  /** What the images are in their files. */
  readonly sources: ImageSources;
}

/**
 * The images below `path`, as data sets that decode them when they are asked for, with one class for each folder,
 * sorted by name.
 *
 * Where the folders of `path` are called `train`, `test` and perhaps `validation`, or another word for these such as
 * `Training`, `valid`, `dev` or `test_images`, they are the splits; without a folder of its own, validation is a
 * stratified 20 % of train. Otherwise the folders are the classes, and 64, 16 and 20 % of the images, stratified by
 * `seed`, are train, validation and test.
 *
 * Images are known by their first bytes, whatever their names. Class names are in Unicode form NFC. Links are
 * followed; names with a dot in front and what systems leave in folders (`__MACOSX`, `Thumbs.db`) are passed over.
 *
 * Every image is turned upright by its EXIF tag, its transparency dropped, and scaled and cropped to `size` by
 * `resizeToCover`, which equals torchvision's `Resize` and `CenterCrop`, unless the options say otherwise. Of the
 * files themselves the headers alone are read at first; a set may be larger than the memory. Mean and deviation are
 * `await channelStatistics(pets.train)`.
 *
 * @throws Error when sharp is not installed, when there are no class folders, too few images in one, classes that
 * differ between the splits, or folders beside the splits; when an image is of a format that is not read or too large,
 * and when a link leads nowhere or anything else cannot be read, with its name; DamagedFileError, with its name and
 * where it is known the byte, for one whose header is damaged, and later, when it is asked for, for one that cannot be
 * decoded; RangeError for bad options and for a size of which no image fits the memory; the reason of `signal`.
 */
export async function imageFolder(path: string, options: ImageFolderOptions): Promise<ImageFolderDataset> {
  check('imageFolder', imageFolderArguments, { path, options });
  const { size, channels = 3, seed = 42, signal } = options;
  signal?.throwIfAborted();
  const shape = [...size, channels] as const;
  checkMemory(shape);
  const layout = await findLayout(path, signal);
  const trees =
    'all' in layout ? [layout.all] : [layout.train, ...(layout.validation ? [layout.validation] : []), layout.test];
  checkCounts(
    layout,
    trees[0]!.classes.map(({ files }) => files.length),
  );
  const files = trees.flatMap(({ classes }, tree) =>
    classes.flatMap((found, label) => found.files.map((file) => ({ file, label, tree }))),
  );
  const name = basename(resolve(path));
  const images = await lazyImages(
    {
      files: files.map(({ file }) => file),
      labels: files.map(({ label }) => label),
      classes: trees[0]!.classes.map((found) => found.name),
      impostors: trees.flatMap(({ impostors }) => impostors),
    },
    { size, channels, scaling: pick(scalingEntries, options) },
    { caller: 'imageFolder', name },
    options,
  );
  const sets = trees.map((_, tree) =>
    images.set.subset(images.kept.flatMap((file, i) => (files[file]!.tree === tree ? [i] : []))),
  );
  const { labels } = sets[0]!;
  checkCounts(
    layout,
    trees[0]!.classes.map((_, label) => labels.filter((own) => own === label).length),
  );
  const beside = 'all' in layout ? [] : layout.beside;
  return {
    name,
    title: `Images of the folder ${name}`,
    classes: images.set.classes,
    shape,
    licence: 'not stated',
    origin: 'a local folder',
    ...splitsOf(sets, seed),
    seed,
    split: 'all' in layout ? 'stratified' : 'folders',
    skipped: [...beside, ...trees.flatMap(({ skipped }) => skipped)],
    unreadable: images.unreadable,
    sources: sourcesOf(images.sources),
  };
}

/** Refuses a size of which not even one image can be held. */
export function checkMemory(shape: readonly number[]): void {
  const bytes = shape.reduce((product, side) => product * side, 1);
  if (bytes > totalmem())
    throw new RangeError(
      `imageFolder: an image of [${shape.join(', ')}] takes ${(bytes / 1e9).toFixed(1)} GB, more than the ` +
        `${(totalmem() / 1e9).toFixed(1)} GB of this machine; pass a smaller size`,
    );
}

/** Refuses a class of which a split would hold no image, given how many each has. */
function checkCounts(layout: FolderLayout, counts: readonly number[]): void {
  // 16 % of 7 images and 20 % of 5 are a whole one.
  const [tree, fewest, cure] =
    'all' in layout
      ? ([layout.all, 7, 'train/, validation/ and test/ folders'] as const)
      : ([layout.train, layout.validation ? 1 : 5, 'a validation/ folder'] as const);
  for (const [label, { name }] of tree.classes.entries()) {
    const count = counts[label] ?? 0;
    if (count < fewest)
      throw new Error(
        `imageFolder: class "${printable(name)}" has ${count} image(s), but a split needs at least ` +
          `${fewest}; add images, or make ${cure} yourself`,
      );
  }
}

/** Of one set, of one to train with and one to test, or of all three. */
function splitsOf(sets: readonly DataSet[], seed: number): Pick<ImageFolderDataset, 'train' | 'validation' | 'test'> {
  const [first, second, third] = sets as [DataSet, DataSet?, DataSet?];
  if (second && third) return { train: first, validation: second, test: third };
  // As the paper does with sets that have no validation split of their own.
  const parts = second ? first.stratifiedSplit([0.8, 0.2], seed) : first.stratifiedSplit([0.64, 0.16, 0.2], seed);
  const [train, validation, test = second!] = parts as [DataSet, DataSet, DataSet?];
  return { train, validation, test };
}
