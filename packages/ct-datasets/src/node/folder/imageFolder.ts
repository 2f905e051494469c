/**
 * Images of one's own: one folder a class, as torchvision's `ImageFolder` has them.
 */
import {
  check,
  count,
  filledText,
  func,
  options as optionsOf,
  pick,
  satisfying,
  secondsLeft,
  seed as seedSchema,
  signal as signalSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import { totalmem } from 'node:os';
import { basename, resolve } from 'node:path';
import { assembleDataset } from '../../catalog/dataset.js';
import type { Dataset } from '../../catalog/dataset.js';
import { channelStatistics } from '../../images/channelStatistics.js';
import { subset } from '../../images/imageSet.js';
import type { ImageSet } from '../../images/imageSet.js';
import { imageSize } from '../../images/resample.js';
import type { Scaling } from '../../images/resizeToCover.js';
import { scalingEntries } from '../../opening/storedPixels.js';
import { stratifiedSplit } from '@curvature-tuning/data';
import { DEFAULT_MAX_PIXELS, imageDecoder } from './decodeImage.js';
import type { ImageForm, ImageSource } from './decodeImage.js';
import { findLayout } from './folderLayout.js';
import type { FolderLayout } from './folderLayout.js';
import type { FolderTree } from './folderTree.js';
import { inParallel } from './inParallel.js';
import { printable } from '../../printable.js';

/** How far a folder has been read. */
export interface DecodeProgress extends Progress {
  readonly phase: 'decode';
  /** Images so far, of all splits. */
  readonly done: number;
  /** Images of all splits. */
  readonly total: number;
}

/** What images were before they were brought to a size. */
export interface ImageSources {
  /** `[width, height]` of the image of the fewest pixels, upright. */
  readonly smallest: readonly [width: number, height: number];
  /** Of that of the most. */
  readonly largest: readonly [width: number, height: number];
  /** How many have colours; the others are grey. */
  readonly coloured: number;
}

/** How images are read, whatever becomes of them. */
export interface DecodeOptions {
  /**
   * The most pixels an image may have as its header says, 2^26 (67 million) unless told. Up to 8 bytes of memory are
   * needed for each, of one image at a time where they are many.
   */
  readonly maxPixels?: number | undefined;
  /** Called after every image. */
  readonly onProgress?: ((progress: DecodeProgress) => void) | undefined;
  /** Stops reading. */
  readonly signal?: AbortSignal | undefined;
}

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
      onProgress: func(),
      signal: signalSchema,
    },
    ['size'],
  ),
};

/** Decoding runs on the threads of libuv, of which there are four unless told; more would only wait. */
export const DECODERS_AT_ONCE = 4;

/** A {@link Dataset} read from a folder. */
export interface ImageFolderDataset extends Dataset {
  /** Paths of the files that were passed over because they are not images. */
  readonly skipped: readonly string[];
  /** What the images were in their files. */
  readonly sources: ImageSources;
}

/**
 * The images below `path`, all in memory, with one class for each folder, sorted by name.
 *
 * Where the folders of `path` are called `train`, `test` and perhaps `validation`, or another word for these such as
 * `Training`, `valid`, `dev` or `test_images`, they are the splits; without a folder of its own, validation is a
 * stratified 20 % of train. Otherwise the folders are the classes, and 64, 16 and 20 % of the images, stratified by
 * `seed`, are train, validation and test. `mean` and `std` are measured on train.
 *
 * Images are known by their first bytes, whatever their names. Class names are in Unicode form NFC. Links are
 * followed; names with a dot in front and what systems leave in folders (`__MACOSX`, `Thumbs.db`) are passed over.
 *
 * Every image is turned upright by its EXIF tag, its transparency dropped, and scaled and cropped to `size` by
 * `resizeToCover`, which equals torchvision's `Resize` and `CenterCrop`, unless the options say otherwise. The whole
 * set takes height times width times channels bytes an image.
 *
 * @throws Error when sharp is not installed, when there are no class folders, too few images in one, classes that
 * differ between the splits, or folders beside the splits; when an image is of a format that is not read, damaged or
 * too large, and when a link leads nowhere or anything else cannot be read, with its name; RangeError for bad options
 * and for a set that is larger than the memory; the reason of `signal`.
 */
export async function imageFolder(path: string, options: ImageFolderOptions): Promise<ImageFolderDataset> {
  check('imageFolder', imageFolderArguments, { path, options });
  const { size, channels = 3, seed = 42, maxPixels = DEFAULT_MAX_PIXELS, onProgress, signal } = options;
  signal?.throwIfAborted();
  const layout = await findLayout(path, signal);
  checkCounts(layout);
  const trees =
    'all' in layout ? [layout.all] : [layout.train, ...(layout.validation ? [layout.validation] : []), layout.test];
  refuseImpostors(trees.flatMap(({ impostors }) => impostors));
  const decode = await imageDecoder();

  const total = trees.flatMap(({ classes }) => classes).reduce((sum, { files }) => sum + files.length, 0);
  checkMemory(total, [...size, channels]);
  const begun = performance.now();
  const sources: ImageSource[] = [];
  const form = {
    size,
    channels,
    maxPixels,
    scaling: pick(scalingEntries, options),
    onSource: (source: ImageSource) => sources.push(source),
  };
  let done = 0;
  const read = (tree: FolderTree): Promise<ImageSet> =>
    readImages(
      tree,
      form,
      async (file, form) => {
        const pixels = await decode(file, form, signal);
        done++;
        const left = secondsLeft((performance.now() - begun) / 1000, done, total);
        onProgress?.({ phase: 'decode', done, total, secondsLeft: left });
        return pixels;
      },
      signal,
    );
  const splits = await readSplits(layout, read, seed);

  const name = basename(resolve(path));
  const { classes, shape } = splits.train;
  const facts = {
    name,
    title: `Images of the folder ${name}`,
    classes,
    shape,
    licence: 'not stated',
    origin: 'a local folder',
  };
  const dataset = await assembleDataset({ ...facts, ...channelStatistics(splits.train) }, { ...splits, seed });
  const beside = 'all' in layout ? [] : layout.beside;
  return { ...dataset, sources: sourcesOf(sources), skipped: [...beside, ...trees.flatMap(({ skipped }) => skipped)] };
}

/** Refuses files that are named like images and cannot be any. */
export function refuseImpostors([first]: FolderTree['impostors']): void {
  if (first)
    throw new Error(`imageFolder: cannot decode ${printable(first.path)} (${first.reason}); remove or repair it`);
}

/** What images were, in short. */
export function sourcesOf(sources: readonly ImageSource[]): ImageSources {
  const sorted = sources.toSorted((a, b) => a.width * a.height - b.width * b.height);
  const [smallest, largest] = [sorted[0]!, sorted.at(-1)!];
  return {
    smallest: [smallest.width, smallest.height],
    largest: [largest.width, largest.height],
    coloured: sources.filter(({ channels }) => channels > 1).length,
  };
}

/** Refuses a set that cannot be held, which the system would otherwise end the program for midway. */
export function checkMemory(count: number, shape: readonly number[]): void {
  const bytes = shape.reduce((product, side) => product * side, count);
  if (bytes > totalmem()) {
    throw new RangeError(
      `imageFolder: ${count} images of [${shape.join(', ')}] take ${(bytes / 1e9).toFixed(1)} GB, more than ` +
        `the ${(totalmem() / 1e9).toFixed(1)} GB of this machine; pass a smaller size, or fewer images`,
    );
  }
}

/** Refuse, before anything is decoded, a class of which a split would hold no image. */
function checkCounts(layout: FolderLayout): void {
  // 16 % of 7 images and 20 % of 5 are a whole one.
  const [tree, fewest, cure] =
    'all' in layout
      ? ([layout.all, 7, 'train/, validation/ and test/ folders'] as const)
      : ([layout.train, layout.validation ? 1 : 5, 'a validation/ folder'] as const);
  for (const { name, files } of tree.classes) {
    if (files.length < fewest) {
      throw new Error(
        `imageFolder: class "${printable(name)}" has ${files.length} image(s), but a split needs at least ` +
          `${fewest}; add images, or make ${cure} yourself`,
      );
    }
  }
}

async function readSplits(
  layout: FolderLayout,
  read: (tree: FolderTree) => Promise<ImageSet>,
  seed: number,
): Promise<Pick<Dataset, 'train' | 'validation' | 'test' | 'split'>> {
  if ('all' in layout) {
    const all = await read(layout.all);
    const [train, validation, test] = stratifiedSplit(all.labels, [0.64, 0.16, 0.2], seed);
    return {
      train: subset(all, train),
      validation: subset(all, validation),
      test: subset(all, test),
      split: 'stratified',
    };
  }
  const trainFolder = await read(layout.train);
  const test = await read(layout.test);
  if (layout.validation)
    return { train: trainFolder, validation: await read(layout.validation), test, split: 'folders' };
  // As the paper does with sets that have no validation split of their own.
  const [train, validation] = stratifiedSplit(trainFolder.labels, [0.8, 0.2], seed);
  return { train: subset(trainFolder, train), validation: subset(trainFolder, validation), test, split: 'folders' };
}

/** A form of which size and channels are told. */
interface SizedForm extends ImageForm {
  readonly size: readonly [height: number, width: number];
  readonly channels: 1 | 3;
}

async function readImages(
  { classes }: FolderTree,
  form: SizedForm,
  decode: (file: string, form: ImageForm) => Promise<Uint8Array>,
  signal?: AbortSignal,
): Promise<ImageSet> {
  const files = classes.flatMap(({ files }, label) => files.map((path) => ({ path, label })));
  const shape = [...form.size, form.channels] as const;
  const pixels = shape[0] * shape[1] * shape[2];
  const images = new Uint8Array(files.length * pixels);
  await inParallel(
    files,
    DECODERS_AT_ONCE,
    async ({ path }, i) => images.set(await decode(path, form), i * pixels),
    signal,
  );
  const labels = Int32Array.from(files, ({ label }) => label);
  return { images, labels, shape, classes: classes.map(({ name }) => name) };
}
