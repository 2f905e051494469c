/**
 * Facts of the known data sets: what they hold, how they are normalised, under which licence, and where the files
 * come from. Nothing here loads anything.
 */

/** What is known of a data set before it is loaded. */
export interface DatasetFacts {
  /** The name it is loaded by. */
  readonly name: string;
  /** A line for humans. */
  readonly title: string;
  /** Class names; a label is an index into it. */
  readonly classes: readonly string[];
  /** `[height, width, channels]` of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Mean of each channel of pixels in [0, 1], with which models of this set are normalised. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel of pixels in [0, 1]. */
  readonly std: readonly number[];
  /** Licence of the images, an SPDX identifier where there is one. */
  readonly licence: string;
  /** The page that describes the set. */
  readonly origin: string;
}

/** A catalogued set, with the number of images outside and inside its test set. */
export interface CatalogEntry extends DatasetFacts {
  readonly counts: { readonly train: number; readonly test: number };
}

/** A catalogued set whose files are downloaded. */
export interface RemoteEntry extends CatalogEntry {
  /** Addresses of folders that hold the files, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  readonly files: {
    readonly trainImages: RemoteFile;
    readonly trainLabels: RemoteFile;
    readonly testImages: RemoteFile;
    readonly testLabels: RemoteFile;
  };
}

/** A gzipped file on the mirrors. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
  /** The same of the unpacked file, which identifies it however it was compressed. */
  readonly contents: { readonly bytes: number; readonly md5: string };
}

/** Sets that ship with this package. */
export type BundledName = 'digits' | 'fashion-mnist-sample';

/** Sets that are downloaded, or read from local copies. */
export type RemoteName = 'fashion-mnist' | 'mnist';

const DIGIT_NAMES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
// In the order of the labels, as https://github.com/zalandoresearch/fashion-mnist lists them.
const GARMENT_NAMES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

// Mean and std of fashion-mnist and mnist are those of the Curvature Tuning reference code (its table of transfer
// sets); those of digits are the reference experiment's.
const FASHION_MNIST = {
  classes: GARMENT_NAMES,
  shape: [28, 28, 1],
  mean: [0.286],
  std: [0.353],
  licence: 'MIT',
  origin: 'https://github.com/zalandoresearch/fashion-mnist',
} as const;

// Sizes and MD5 of the gzipped files: torchvision's `datasets/mnist.py`. The sums of the contents are those of the
// unpacked files; Debian's package dataset-fashion-mnist holds the same contents under other gzip headers.
/** Facts of every set that can be loaded by name. */
export const catalog: Readonly<Record<BundledName, CatalogEntry> & Record<RemoteName, RemoteEntry>> = {
  digits: {
    name: 'digits',
    title: 'Optical recognition of handwritten digits, 8x8 enlarged to 28x28',
    classes: DIGIT_NAMES,
    shape: [28, 28, 1],
    mean: [0.155],
    std: [0.296],
    licence: 'CC-BY-4.0',
    origin: 'https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits',
    counts: { train: 1000, test: 797 },
  },
  'fashion-mnist-sample': {
    ...FASHION_MNIST,
    name: 'fashion-mnist-sample',
    title: 'Fashion-MNIST, 2,500 training and the first 2,000 test images',
    counts: { train: 2500, test: 2000 },
  },
  'fashion-mnist': {
    ...FASHION_MNIST,
    name: 'fashion-mnist',
    title: 'Fashion-MNIST, ten kinds of garments',
    counts: { train: 60000, test: 10000 },
    mirrors: [
      'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
      'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
    ],
    files: idxFiles({
      trainImages: [26421880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d', 'f4a8712d7a061bf5bd6d2ca38dc4d50a'],
      trainLabels: [29515, '25c81989df183df01b3e8a0aad5dffbe', '9018921c3c673c538a1fc5bad174d6f9'],
      testImages: [4422102, 'bef4ecab320f06d8554ea6380940ec79', '8181f5470baa50b63fa0f6fddb340f0a'],
      testLabels: [5148, 'bb300cfdad3c16e7a12a480ee83cd310', '15d484375f8d13e6eb1aabb0c3f46965'],
    }),
  },
  mnist: {
    name: 'mnist',
    title: 'MNIST, handwritten digits',
    classes: DIGIT_NAMES,
    shape: [28, 28, 1],
    mean: [0.131],
    std: [0.308],
    licence: 'CC-BY-SA-3.0',
    origin: 'http://yann.lecun.com/exdb/mnist/',
    counts: { train: 60000, test: 10000 },
    mirrors: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
    files: idxFiles({
      trainImages: [9912422, 'f68b3c2dcbeaaa9fbdd348bbdeb94873', '6bbc9ace898e44ae57da46a324031adb'],
      trainLabels: [28881, 'd53e105ee54ea40749a09fcbcd1e9432', 'a25bea736e30d166cdddb491f175f624'],
      testImages: [1648877, '9fb629c4189551a2d022fa330f9573f3', '2646ac647ad5339dbf082846283269ea'],
      testLabels: [4542, 'ec29112dd5afa0611ce80d1b7f02629c', '27ae3e4e09519cfbb04c329615203637'],
    }),
  },
};

/** What tells MNIST's files from those of Fashion-MNIST, which have the same names and, unpacked, the same sizes. */
type IdxFacts = readonly [bytes: number, md5: string, contentMd5: string];

/** The four files of a set as MNIST has it: 60,000 and 10,000 images of 28x28 behind 16 bytes, labels behind 8. */
function idxFiles(facts: Readonly<Record<keyof RemoteEntry['files'], IdxFacts>>): RemoteEntry['files'] {
  const file = (name: string, contentBytes: number, [bytes, md5, contentMd5]: IdxFacts): RemoteFile => ({
    name: `${name}.gz`,
    bytes,
    md5,
    contents: { bytes: contentBytes, md5: contentMd5 },
  });
  return {
    trainImages: file('train-images-idx3-ubyte', 47040016, facts.trainImages),
    trainLabels: file('train-labels-idx1-ubyte', 60008, facts.trainLabels),
    testImages: file('t10k-images-idx3-ubyte', 7840016, facts.testImages),
    testLabels: file('t10k-labels-idx1-ubyte', 10008, facts.testLabels),
  };
}
