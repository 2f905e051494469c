/**
 * What is known of a set that comes as archives, before anything of it is fetched.
 */

/** The parts of a set that a model is trained with, chosen by and reported on. */
export type SplitName = 'train' | 'validation' | 'test';

/**
 * How sure the checksum of a file is: `published` by its makers or by a library that checks it (torchvision, tfds,
 * medmnist); `second-hand`, repeated alike in public code, not confirmed against a file; `first download`, nobody
 * states one, and what came first is recorded and held to from then on.
 */
export type Certainty = 'published' | 'second-hand' | 'first download';

/** A file of a set, as it is on its servers. */
export interface SetFile {
  /** Its name on the disk. */
  readonly name: string;
  /** Its addresses, in the order in which they are tried; none where only hands can fetch it. */
  readonly urls: readonly string[];
  /** Where it is known. */
  readonly bytes?: number;
  readonly md5?: string;
  readonly sha256?: string;
  readonly sum: Certainty;
}

/** A set that comes as archives. */
export interface ArchiveEntry {
  /** The name it is loaded by. */
  readonly name: string;
  /** A line for humans. */
  readonly title: string;
  /** Number of classes. */
  readonly classCount: number;
  /** Names of the classes, where the archives do not hold them. */
  readonly classes?: readonly string[];
  /** `[height, width, channels]` of all images; undefined of photos of many sizes. */
  readonly shape?: readonly [height: number, width: number, channels: number];
  /** Images of each split that the set itself has. */
  readonly counts: Partial<Readonly<Record<SplitName, number>>>;
  /** Mean and standard deviation of each channel of pixels in [0, 1], as the Curvature Tuning reference has them. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Licence of the images, an SPDX identifier where there is one. */
  readonly licence: string;
  /** The page that describes the set. */
  readonly origin: string;
  /** Whom to cite. */
  readonly citation: string;
  /** What is fetched. */
  readonly files: readonly SetFile[];
  /** What to do by hand where nothing can be fetched. */
  readonly byHand?: string;
  /** The most bytes that all archives unpack to; 20 times their own unless told. */
  readonly mostUnpacked?: number;
  /** The columns of its Parquet files. */
  readonly parquet?: { readonly image: string; readonly label: string };
  /** Variants of the set, of which one is loaded: the corruptions, the attributes. */
  readonly variants?: readonly string[];
  /** Files of lines `<class>/<image>`: which images a benchmark tests on. */
  readonly lists?: Readonly<Record<'robustbench', SetFile>>;
}
