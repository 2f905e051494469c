/**
 * Photos for a given model: of any size and format, as the model takes them.
 */
import {
  anyOf,
  check,
  count,
  filledText,
  flag,
  func,
  inNameOf,
  listOf,
  matching,
  options as optionsOf,
  pick,
  show,
  signal as signalSchema,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { classifierMetaOf, preprocess, preprocessingSchema } from '@curvature-tuning/data';
import type { ClassifierMeta, DataSet, Preprocessing } from '@curvature-tuning/data';
import { stat } from 'node:fs/promises';
import { scalingEntries } from '../../opening/storedPixels.js';
import type { UnreadableImage } from '../../opening/unreadable.js';
import { findClasses, findImages, looksInto } from './folderTree.js';
import { checkMemory } from './imageFolder.js';
import { lazyImages, sourcesOf } from './lazyImages.js';
import type { DecodeOptions, ImageSources, LabelledFiles } from './lazyImages.js';

/** What is looked at of a model: a LayersModel's inputs and metadata, or a GraphModel's. */
export interface ImageModel {
  readonly inputs: readonly { readonly shape?: readonly (number | null)[] | undefined }[];
  /** Of a LayersModel. */
  getUserDefinedMetadata?(): object | undefined;
  /** Of a GraphModel. */
  readonly metadata?: object | undefined;
}

/** Options of {@link loadImages}. */
export interface LoadImagesOptions extends DecodeOptions {
  /** Names of the classes in the model's order. Default: those that the model states, else the folders', sorted. */
  readonly classNames?: readonly string[] | undefined;
}

/** Images as a model takes them, which are decoded when they are asked for. */
export interface LoadedImages extends DataSet {
  /** Path of each image. */
  readonly files: readonly string[];
  /** Whether folders say the classes; without, every label is 0, of the one class `'unknown'`. */
  readonly isLabelled: boolean;
  /** Paths of the files that were passed over because they are not images. */
  readonly skipped: readonly string[];
  /** The images that `skipUnreadable` left out; none without it. */
  readonly unreadable: readonly UnreadableImage[];
  /** What the images are in their files. */
  readonly sources: ImageSources;
}

const imageModel: Schema<ImageModel> = matching(
  (value): value is ImageModel =>
    typeof value === 'object' && value !== null && Array.isArray((value as Partial<ImageModel>).inputs),
  { expects: 'a model' },
);

export const loadImagesArguments: Entries<{
  source: string | readonly string[];
  target: ImageModel | Preprocessing;
  options: LoadImagesOptions;
}> = {
  source: anyOf<readonly [Schema<string>, Schema<readonly string[]>]>(filledText, listOf(filledText, { min: 1 })),
  target: anyOf<readonly [Schema<ImageModel>, Schema<Preprocessing>]>(imageModel, preprocessingSchema),
  options: optionsOf<LoadImagesOptions>({
    classNames: listOf(filledText, { min: 1 }),
    maxPixels: count,
    skipUnreadable: flag,
    onProgress: func(),
    signal: signalSchema,
  }),
};

/**
 * Photos as a model takes them: its size, channels, range, mean and std.
 *
 *     const photos = await loadImages('photos/', model);
 *     const [train, validation] = photos.stratifiedSplit([0.8, 0.2]);
 *     for await (const { images, labels } of photos.batches(32)) model.predict(images);
 *
 * A folder of folders is one class a folder, labelled in the order of the model's class names where it has them; a
 * folder of images, or a list of images and folders, has no labels. Images are turned upright by their EXIF tag, and
 * brought to size as the preprocessing says; see `imageFolder` for formats and for what is passed over. What was done
 * stands in `preprocessing` of the set, and goes along with what is trained on it. Of the files the headers alone are
 * read at first; each is decoded when it is asked for, so that a set may be larger than the memory.
 *
 * @param source A folder, or a list of files and folders.
 * @param target A model, whose own preprocessing counts (`userDefinedMetadata`, as `tune` and `bake` write it), else
 *   its input size with values in [0, 1]; or a preprocessing.
 * @throws Error as `imageFolder` does; for a model that takes no image, or one of no fixed size; for a folder that is
 *   none of the model's classes.
 */
export async function loadImages(
  source: string | readonly string[],
  target: ImageModel | Preprocessing,
  options: LoadImagesOptions = {},
): Promise<LoadedImages> {
  check('loadImages', loadImagesArguments, { source, target, options });
  const { signal } = options;
  signal?.throwIfAborted();
  const meta = 'inputs' in target ? metaOf(target) : { preprocessing: target };
  const { preprocessing } = meta;
  const { inputSize } = preprocessing;
  const [height, width, channels] = inputSize;
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`loadImages: images have 1 channel or 3, got inputSize ${show(inputSize)}`);
  return inNameOf('loadImages', 'imageFolder', async () => {
    checkMemory(inputSize);
    const found = await findLabelled(source, options.classNames ?? meta.classNames, signal);
    if (found.files.length === 0)
      throw new Error(`loadImages: ${show(source)} holds no image (.jpg .png .webp .gif .tif .avif); pass some`);
    const { set, kept, sources, unreadable } = await lazyImages(
      found,
      { size: [height, width], channels, scaling: pick(scalingEntries, preprocessing) },
      { caller: 'loadImages', name: [source].flat()[0]! },
      options,
    );
    const { isLabelled, skipped } = found;
    const files = kept.map((index) => found.files[index]!);
    if (files.length === 0)
      throw new Error(`loadImages: none of the ${found.files.length} images can be read`, {
        cause: unreadable[0]!.reason,
      });
    return Object.assign(set.map(preprocess(preprocessing)), {
      files,
      isLabelled,
      skipped,
      unreadable,
      sources: sourcesOf(sources),
    });
  });
}

interface Found extends LabelledFiles {
  readonly isLabelled: boolean;
  readonly skipped: readonly string[];
}

async function findLabelled(
  source: string | readonly string[],
  classNames: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const isFolder = typeof source === 'string' && (await stat(source).catch(() => undefined))?.isDirectory() === true;
  const look = isFolder ? await looksInto(source, signal) : undefined;
  if (look === undefined || look.holdsImages || !look.holdsFolders) {
    const { files, ...rest } = await findImages([source].flat(), signal);
    return { files, labels: files.map(() => 0), classes: ['unknown'], isLabelled: false, ...rest };
  }
  const tree = await findClasses(source as string, signal);
  const own = tree.classes.map(({ name }) => name);
  const classes = classNames ?? own;
  const stranger = own.find((name) => !classes.includes(name));
  if (stranger !== undefined)
    throw new Error(
      `loadImages: ${show(source)} holds a folder ${show(stranger)}, which is none of the model's classes ` +
        `${classes.join(', ')}; rename it, or pass {classNames}`,
    );
  return {
    files: tree.classes.flatMap(({ files }) => files),
    labels: tree.classes.flatMap(({ name, files }) => files.map(() => classes.indexOf(name))),
    classes,
    isLabelled: true,
    skipped: tree.skipped,
    impostors: tree.impostors,
  };
}

/** What a model says of itself, with a preprocessing in any case. */
function metaOf(model: ImageModel): ClassifierMeta & { preprocessing: Preprocessing } {
  const meta = inNameOf('loadImages', 'classifierMetaOf', () =>
    classifierMetaOf(model.getUserDefinedMetadata?.() ?? model.metadata),
  );
  if (meta.preprocessing !== undefined) return { ...meta, preprocessing: meta.preprocessing };
  const [first, ...others] = model.inputs;
  const sizes = first?.shape?.slice(1).map((size) => (size !== null && size > 0 ? size : 'open')) ?? [];
  const inputSize = sizes.filter((size) => typeof size === 'number');
  if (others.length > 0 || sizes.length !== 3)
    throw new Error(
      `loadImages: the model must take one image [height, width, channels], got ${model.inputs.length} input(s), ` +
        `the first [${sizes.join(', ')}]; pass a preprocessing`,
    );
  if (inputSize.length !== 3)
    throw new Error(
      `loadImages: the model takes images of any size, [${sizes.join(', ')}]; choose one: ` +
        '{ inputSize: [224, 224, 3] }',
    );
  return { ...meta, preprocessing: { inputSize: inputSize as [number, number, number] } };
}
