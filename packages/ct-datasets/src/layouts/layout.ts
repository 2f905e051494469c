/**
 * How the unpacked files of a set are read: which images there are, of which classes, in which splits. Nothing here
 * knows where the files lie, on a disk or in a browser.
 */
import type { ArchiveEntry, SplitName } from '../catalog/archives/setEntry.js';
import type { ByteSource } from '../formats/byteSource.js';

/** The unpacked files of a set; an archive's are below the name of the archive, without its endings. */
export interface SetFiles {
  /** Where they are, for messages. */
  readonly place: string;
  /** Paths with forward slashes, sorted. */
  readonly paths: readonly string[];
  /** A file to be read piece by piece. */
  open(path: string): Promise<ByteSource>;
}

/** Images that are stored as numbers, all of one size. */
export interface StoredPixels {
  readonly labels: ArrayLike<number>;
  /** `[height, width, channels]`. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** The bytes of an image. */
  read(index: number): Promise<Uint8Array> | Uint8Array;
}

/** Images that are stored as files of JPEG, PNG and the like. */
export interface StoredFiles {
  readonly labels: ArrayLike<number>;
  /** Path of each image. */
  readonly images: readonly string[];
  /** Rows at the bottom of each that are no part of the image. */
  readonly trimBottom?: number | undefined;
}

/** The images of a split as they are stored. */
export type StoredSplit = StoredPixels | StoredFiles;

/** What a set holds. */
export interface StoredSet {
  /** Names of the classes; a label is an index into them. */
  readonly classes: readonly string[];
  /** The splits that the set itself has. */
  readonly splits: Partial<Readonly<Record<SplitName, StoredSplit>>>;
  /** Whether the test split is what it is, though there is none to train with: a single heap is divided otherwise. */
  readonly isFixed?: boolean | undefined;
}

/** Which of its variants a set is loaded in. */
export interface Variant {
  /** One of the entry's `variants`. */
  readonly variant?: string | undefined;
  /** Of a corruption, from 1 to 5. */
  readonly severity?: number | undefined;
  /** One of the entry's `lists`: the images that it names, in its order, are the test split. */
  readonly list?: 'robustbench' | undefined;
}

/** Reads what a set holds. */
export type Layout = (files: SetFiles, entry: ArchiveEntry, variant: Variant) => Promise<StoredSet>;
