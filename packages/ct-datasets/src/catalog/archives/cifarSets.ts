/**
 * Facts of CIFAR and of its corrupted test sets.
 */
import { CORRUPTIONS, EXTRA_CORRUPTIONS } from '@curvature-tuning/data';
import type { ArchiveEntry } from './setEntry.js';
import { numberedClasses } from './setFiles.js';

const KRIZ = 'https://www.cs.toronto.edu/~kriz';
const CITATION = 'A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009';
const CITATION_C =
  'D. Hendrycks, T. Dietterich: Benchmarking Neural Network Robustness to Common Corruptions, ICLR 2019';

/** CIFAR-10, the binary version. */
export const CIFAR10: ArchiveEntry = {
  name: 'cifar10',
  title: 'CIFAR-10, photos of ten kinds of things',
  classCount: 10,
  shape: [32, 32, 3],
  counts: { train: 50000, test: 10000 },
  mean: [0.491, 0.482, 0.447],
  std: [0.247, 0.244, 0.262],
  licence: 'not stated',
  origin: `${KRIZ}/cifar.html`,
  citation: CITATION,
  files: [
    {
      name: 'cifar-10-binary.tar.gz',
      urls: [`${KRIZ}/cifar-10-binary.tar.gz`],
      bytes: 170052171,
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      sum: 'published',
    },
  ],
};

/** CIFAR-100, the binary version, with its fine labels. */
export const CIFAR100: ArchiveEntry = {
  ...CIFAR10,
  name: 'cifar100',
  title: 'CIFAR-100, photos of a hundred kinds of things',
  classCount: 100,
  mean: [0.507, 0.487, 0.441],
  std: [0.267, 0.256, 0.276],
  files: [
    {
      name: 'cifar-100-binary.tar.gz',
      urls: [`${KRIZ}/cifar-100-binary.tar.gz`],
      bytes: 168513733,
      sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
      sum: 'published',
    },
  ],
};

/** The test images of CIFAR-10 under corruptions. */
export const CIFAR10_C: ArchiveEntry = {
  ...CIFAR10,
  name: 'cifar10-c',
  title: 'CIFAR-10-C, the test images of CIFAR-10 under corruptions of five severities',
  // The arrays come without names: those of CIFAR-10's batches.meta.txt.
  classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  counts: { test: 10000 },
  licence: 'CC-BY-4.0',
  origin: 'https://zenodo.org/records/2535967',
  citation: CITATION_C,
  variants: [...CORRUPTIONS, ...EXTRA_CORRUPTIONS],
  files: [
    {
      name: 'CIFAR-10-C.tar',
      urls: ['https://zenodo.org/records/2535967/files/CIFAR-10-C.tar?download=1'],
      bytes: 2918471680,
      sha256: 'c72763e101c723b7c507b96205f7e938912a5d587376173b825850cf3cb876a7',
      sum: 'published',
    },
  ],
};

/** The test images of CIFAR-100 under corruptions. */
export const CIFAR100_C: ArchiveEntry = {
  ...CIFAR100,
  name: 'cifar100-c',
  title: 'CIFAR-100-C, the test images of CIFAR-100 under corruptions of five severities',
  // By number: the arrays come without names.
  classes: numberedClasses(100),
  counts: { test: 10000 },
  licence: 'CC-BY-4.0',
  origin: 'https://zenodo.org/records/3555552',
  citation: CITATION_C,
  variants: [...CORRUPTIONS, ...EXTRA_CORRUPTIONS],
  files: [
    {
      name: 'CIFAR-100-C.tar',
      urls: ['https://zenodo.org/records/3555552/files/CIFAR-100-C.tar?download=1'],
      bytes: 2918473216,
      sha256: '30ee6543a1bfd049fa33834b7c1ada301e7064b7fbe8fc38340eb8b62ced4b33',
      sum: 'published',
    },
  ],
};
