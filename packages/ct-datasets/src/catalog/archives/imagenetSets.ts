/**
 * Facts of ImageNet, of its corrupted validation images, and of Imagenette.
 */
import { CORRUPTIONS, EXTRA_CORRUPTIONS } from '@curvature-tuning/data';
import type { ArchiveEntry, SetFile } from './setEntry.js';
import { imagenetCFile } from './setFiles.js';

const IMAGENET_NORM = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/**
 * The 5,000 validation images that RobustBench scores networks on, those of ImageNet-C, too: drawn once, in one order.
 *
 * The sum is that of the file in the repository at this commit; it is under the repository's licence, MIT.
 */
const ROBUSTBENCH: SetFile = {
  name: 'imagenet_test_image_ids.txt',
  urls: [
    'https://raw.githubusercontent.com/RobustBench/robustbench/78fcc9e48a07a861268f295a777b975f25155964/' +
      'robustbench/helper_files/imagenet_test_image_ids.txt',
  ],
  bytes: 194_999,
  sha256: 'd4121626d07722a0126c35b1563042e46a546f1a05ce705f2cdc635896d58574',
  sum: 'published',
};

/** ImageNet of 2012: it cannot be fetched without an account. */
export const IMAGENET: ArchiveEntry = {
  name: 'imagenet',
  title: 'ImageNet, ILSVRC 2012',
  classCount: 1000,
  counts: { train: 1281167, test: 50000 },
  ...IMAGENET_NORM,
  licence: 'non-commercial research, by agreement',
  origin: 'https://image-net.org/download',
  citation: 'O. Russakovsky et al.: ImageNet Large Scale Visual Recognition Challenge, IJCV 2015',
  files: [],
  lists: { robustbench: ROBUSTBENCH },
  byHand:
    'put its images into val/<class>/ and, to train, train/<class>/, one folder a class (n01440764, …), as ' +
    'torchvision has them',
};

/** The validation images of ImageNet under corruptions. */
export const IMAGENET_C: ArchiveEntry = {
  name: 'imagenet-c',
  title: 'ImageNet-C, the validation images of ImageNet under corruptions of five severities',
  classCount: 1000,
  shape: [224, 224, 3],
  counts: { test: 50000 },
  ...IMAGENET_NORM,
  licence: 'CC-BY-4.0',
  origin: 'https://zenodo.org/records/2235448',
  citation: 'D. Hendrycks, T. Dietterich: Benchmarking Neural Network Robustness to Common Corruptions, ICLR 2019',
  variants: [...CORRUPTIONS, ...EXTRA_CORRUPTIONS],
  lists: { robustbench: ROBUSTBENCH },
  files: [
    imagenetCFile('blur', '2d8e81fdd8e07fef67b9334fa635e45c'),
    imagenetCFile('digital', '89157860d7b10d5797849337ca2e5c03'),
    imagenetCFile('extra', 'd492dfba5fc162d8ec2c3cd8ee672984'),
    imagenetCFile('noise', 'e80562d7f6c3f8834afb1ecf27252745'),
    imagenetCFile('weather', '33ffea4db4d93fe4a428c40a6ce0c25d'),
  ],
};

/** Ten classes of ImageNet that are easy to tell apart. */
export const IMAGENETTE: ArchiveEntry = {
  name: 'imagenette',
  title: 'Imagenette 2, ten easy classes of ImageNet',
  classCount: 10,
  // Of the folders n01440764, n02102040, n02979186, n03000684, n03028079, n03394916, n03417042, n03425413, n03445777
  // and n03888257.
  classes: [
    'tench',
    'English springer',
    'cassette player',
    'chain saw',
    'church',
    'French horn',
    'garbage truck',
    'gas pump',
    'golf ball',
    'parachute',
  ],
  counts: { train: 9469, test: 3925 },
  mean: [0.459, 0.455, 0.429],
  std: [0.286, 0.282, 0.305],
  licence: 'Apache-2.0',
  origin: 'https://github.com/fastai/imagenette',
  citation: 'J. Howard: Imagenette, 2019',
  files: [
    {
      // The MD5 is torchvision's, datasets/imagenette.py.
      name: 'imagenette2.tgz',
      urls: ['https://s3.amazonaws.com/fast-ai-imageclas/imagenette2.tgz'],
      md5: 'fe2fc210e6bb7c5664d602c3cd71e612',
      sum: 'published',
    },
  ],
};
