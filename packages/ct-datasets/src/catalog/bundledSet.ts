/**
 * Reads the images and index lists that ship with this package. The README of its folder `data` tells their licences
 * and makers.
 *
 * Each set has a file of its own, which alone names its data: a page that loads one ships no other.
 */
import { decodeUtf8 } from '@curvature-tuning/checks';
import { bundledFile } from '@curvature-tuning/files';
import { readIdx } from '../formats/readIdx.js';
import type { ImageSet } from '../images/imageSet.js';
import type { DatasetFacts } from './catalog.js';

/** Its name, and its script. */
export type BundledFile = readonly [string, () => Promise<unknown>];

/** The files of a set. */
export interface BundledFiles {
  images: BundledFile;
  labels: BundledFile;
}

/** Index lists of train and validation images, by seed. */
export interface PublishedSplits {
  readonly provenance: string;
  /** The test images of every seed, where the set has no test set of its own. */
  readonly test?: readonly number[];
  readonly seeds: Readonly<
    Record<string, { readonly train: readonly number[]; readonly validation: readonly number[] }>
  >;
}

/** All images of a set, in stored order. */
export async function readSet(
  { shape, classes }: Pick<DatasetFacts, 'shape' | 'classes'>,
  files: BundledFiles,
): Promise<ImageSet> {
  const [images, labels] = await Promise.all([readBytes(files.images), readBytes(files.labels)]);
  return { images, labels, shape, classes };
}

/** The published splits in a file. */
export async function readSplits(file: BundledFile): Promise<PublishedSplits> {
  return JSON.parse(decodeUtf8(await bundledFile('datasets', ...file))) as PublishedSplits;
}

async function readBytes(file: BundledFile): Promise<Uint8Array> {
  const [name] = file;
  const { data } = await readIdx(await bundledFile('datasets', ...file), { source: name });
  if (!(data instanceof Uint8Array))
    throw new TypeError(`loadBundled: ${name} holds no bytes; install the package again`);
  return data;
}
