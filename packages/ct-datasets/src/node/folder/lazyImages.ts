/**
 * Files of images as a data set that decodes them when they are asked for.
 */
import { inNameOf, secondsLeft } from '@curvature-tuning/checks';
import { dataSet } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import type { DecodeProgress } from '../../opening/setProgress.js';
import type { SkipOptions, UnreadableImage } from '../../opening/unreadable.js';
import { withoutUnreadable } from '../../opening/unreadable.js';
import { pixelDecoder } from './decodeImage.js';
import type { FolderTree } from './folderTree.js';
import { damagedImage } from './imageFault.js';
import { headerReader } from './imageHeader.js';
import type { ImageSource } from './imageHeader.js';
import { inParallel } from './inParallel.js';
import { DEFAULT_MAX_PIXELS } from '../threads/scalePixels.js';
import type { ImageForm } from '../threads/scalePixels.js';

/** What images are in their files, before they are brought to a size. */
export interface ImageSources {
  /** `[width, height]` of the image of the fewest pixels, upright. */
  readonly smallest: readonly [width: number, height: number];
  /** Of that of the most. */
  readonly largest: readonly [width: number, height: number];
  /** How many have colours; the others are grey. */
  readonly coloured: number;
}

/** How images are read, whatever becomes of them. */
export interface DecodeOptions extends SkipOptions {
  /**
   * The most pixels an image may have as its header says, 2^26 (67 million) unless told. Up to 8 bytes of memory are
   * needed for each, of one image at a time where they are many.
   */
  readonly maxPixels?: number | undefined;
  /** Called after every image whose header has been read and, with `skipUnreadable`, that has been decoded. */
  readonly onProgress?: ((progress: DecodeProgress) => void) | undefined;
  /** Stops what is read before the set is there. */
  readonly signal?: AbortSignal | undefined;
}

/** Which files, of which classes. */
export interface LabelledFiles extends Pick<FolderTree, 'impostors'> {
  readonly files: readonly string[];
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

/** Images that are decoded when they are asked for. */
export interface LazyImages {
  readonly set: DataSet;
  /** Which of the files they are: an index for each image. */
  readonly kept: readonly number[];
  readonly sources: readonly ImageSource[];
  readonly unreadable: readonly UnreadableImage[];
}

/** Whose images they are: who reads them, in messages, and what they are called in progress. */
export interface ReadFor {
  readonly caller: 'imageFolder' | 'loadImages';
  readonly name: string;
}

// Headers are read from the disk, by the threads of libuv, of which there are four unless told.
const HEADERS_AT_ONCE = 8;

/**
 * Reads the headers of images, and gives a data set that decodes them: nothing but their paths is held.
 *
 * @throws DamagedFileError for an image that is named like one and is none, or whose header is damaged, Error for one
 * of more than `maxPixels`, unless `skipUnreadable` leaves them out; Error when sharp is not installed; the reason of
 * `signal`.
 */
export async function lazyImages(
  { files, labels, classes, impostors }: LabelledFiles,
  form: ImageForm,
  { caller, name: file }: ReadFor,
  { skipUnreadable = false, maxPixels = DEFAULT_MAX_PIXELS, onProgress, signal }: DecodeOptions,
): Promise<LazyImages> {
  const [first] = impostors;
  if (first && !skipUnreadable) throw damagedImage(first.path, first.reason);
  const doubts = new Map(impostors.map(({ path, reason }) => [path, damagedImage(path, reason)]));
  const [readHeader, decode] = await Promise.all([headerReader(), pixelDecoder()]);
  const begun = performance.now();
  let done = 0;
  const headers = await inParallel(
    files,
    HEADERS_AT_ONCE,
    async (path) => {
      const header = doubts.get(path) ?? (await readHeader(path, maxPixels).catch((fault: Error) => fault));
      if (header instanceof Error && !skipUnreadable) throw header;
      done++;
      const left = secondsLeft((performance.now() - begun) / 1000, done, files.length);
      onProgress?.({ phase: 'inspect', file, done, total: files.length, secondsLeft: left });
      return header;
    },
    signal,
  );
  const faults = headers.flatMap((header, i) => (header instanceof Error ? [{ file: files[i]!, reason: header }] : []));
  const known = headers.flatMap((header, index) => (header instanceof Error ? [] : [{ index, header }]));
  const pathOf = (index: number): string => files[known[index]!.index]!;
  const set = dataSet({
    labels: known.map(({ index }) => labels[index]!),
    classes,
    read: (index) => inNameOf(caller, 'imageFolder', () => decode(pathOf(index), { ...form, maxPixels })),
  });
  const left = skipUnreadable ? await withoutUnreadable(set, pathOf, { file, onProgress, signal }) : undefined;
  const images = left ? left.kept.map((index) => known[index]!) : known;
  return {
    set: left?.set ?? set,
    kept: images.map(({ index }) => index),
    sources: images.map(({ header }) => header),
    unreadable: [...faults, ...(left?.unreadable ?? [])],
  };
}

/** What images are, in short. */
export function sourcesOf(sources: readonly ImageSource[]): ImageSources {
  const sorted = sources.toSorted((a, b) => a.width * a.height - b.width * b.height);
  const [smallest, largest] = [sorted[0]!, sorted.at(-1)!];
  return {
    smallest: [smallest.width, smallest.height],
    largest: [largest.width, largest.height],
    coloured: sources.filter(({ channels }) => channels > 1).length,
  };
}
