/**
 * Facts of the five sets of photos that the paper transfers to.
 */
import { FLOWER_NAMES } from './flowerNames.js';
import type { ArchiveEntry } from './setEntry.js';

const VGG = 'https://www.robots.ox.ac.uk/~vgg/data';

/** Birds. */
export const CUB200: ArchiveEntry = {
  name: 'cub200',
  title: 'Caltech-UCSD Birds 200-2011',
  classCount: 200,
  counts: { train: 5994, test: 5794 },
  mean: [0.486, 0.5, 0.433],
  std: [0.232, 0.228, 0.267],
  licence: 'non-commercial research and education',
  origin: 'https://www.vision.caltech.edu/datasets/cub_200_2011/',
  citation: 'C. Wah, S. Branson, P. Welinder, P. Perona, S. Belongie: The Caltech-UCSD Birds-200-2011 Dataset, 2011',
  files: [
    {
      name: 'CUB_200_2011.tgz',
      urls: ['https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz?download=1'],
      bytes: 1150585339,
      md5: '97eceeb196236b17998738112f37df78',
      sum: 'second-hand',
    },
  ],
};

/** Textures, the first of ten ways to split them. */
export const DTD: ArchiveEntry = {
  name: 'dtd',
  title: 'Describable Textures Dataset',
  classCount: 47,
  counts: { train: 1880, validation: 1880, test: 1880 },
  mean: [0.531, 0.475, 0.427],
  std: [0.271, 0.263, 0.271],
  licence: 'research',
  origin: `${VGG}/dtd/`,
  citation: 'M. Cimpoi, S. Maji, I. Kokkinos, S. Mohamed, A. Vedaldi: Describing Textures in the Wild, CVPR 2014',
  files: [
    {
      name: 'dtd-r1.0.1.tar.gz',
      urls: [`${VGG}/dtd/download/dtd-r1.0.1.tar.gz`],
      bytes: 625239812,
      md5: 'fff73e5086ae6bdbea199a49dfb8a4c1',
      sha256: 'e42855a52a4950a3b59612834602aa253914755c95b0cff9ead6d07395f8e205',
      sum: 'published',
    },
  ],
};

/** Aeroplanes by variant. */
export const FGVC_AIRCRAFT: ArchiveEntry = {
  name: 'fgvc-aircraft',
  title: 'FGVC-Aircraft 2013b, by variant; the line of text below each photo is cut off',
  classCount: 100,
  counts: { train: 3334, validation: 3333, test: 3333 },
  mean: [0.485, 0.52, 0.548],
  std: [0.219, 0.21, 0.241],
  licence: 'non-commercial research',
  origin: `${VGG}/fgvc-aircraft/`,
  citation:
    'S. Maji, J. Kannala, E. Rahtu, M. Blaschko, A. Vedaldi: Fine-Grained Visual Classification of Aircraft, 2013',
  files: [
    {
      // tfds states 2,770,575,360 bytes, which looks rounded.
      name: 'fgvc-aircraft-2013b.tar.gz',
      urls: [`${VGG}/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz`],
      sha256: 'd5f68b1b81d6d7831eb9d5c5517074176b5dfbce6bcb43dc14ed1c66a87b8d75',
      sum: 'published',
    },
  ],
};

/** Flowers. */
export const FLOWERS102: ArchiveEntry = {
  name: 'flowers102',
  title: 'Oxford Flowers 102',
  classCount: 102,
  classes: FLOWER_NAMES,
  counts: { train: 1020, validation: 1020, test: 6149 },
  mean: [0.43, 0.38, 0.295],
  std: [0.295, 0.246, 0.273],
  licence: 'not stated',
  origin: `${VGG}/flowers/102/`,
  citation: 'M-E. Nilsback, A. Zisserman: Automated Flower Classification over a Large Number of Classes, ICVGIP 2008',
  files: [
    {
      name: '102flowers.tgz',
      urls: [`${VGG}/flowers/102/102flowers.tgz`],
      bytes: 344862509,
      md5: '52808999861908f626f3c1f4e79d11fa',
      sum: 'published',
    },
    {
      name: 'imagelabels.mat',
      urls: [`${VGG}/flowers/102/imagelabels.mat`],
      bytes: 502,
      md5: 'e0620be6f572b9609742df49c70aed4d',
      sum: 'published',
    },
    {
      name: 'setid.mat',
      urls: [`${VGG}/flowers/102/setid.mat`],
      bytes: 14989,
      md5: 'a5357ecc9cb78c4bef273ce3793fc85c',
      sum: 'published',
    },
  ],
};

/** Dishes. */
export const FOOD101: ArchiveEntry = {
  name: 'food101',
  title: 'Food-101, dishes',
  classCount: 101,
  counts: { train: 75750, test: 25250 },
  mean: [0.549, 0.445, 0.344],
  std: [0.273, 0.276, 0.28],
  licence: 'not stated',
  origin: 'https://data.vision.ee.ethz.ch/cvl/datasets_extra/food-101/',
  citation:
    'L. Bossard, M. Guillaumin, L. Van Gool: Food-101, Mining Discriminative Components with Random Forests, ECCV 2014',
  files: [
    {
      name: 'food-101.tar.gz',
      urls: ['https://data.vision.ee.ethz.ch/cvl/food-101.tar.gz'],
      bytes: 4996278331,
      md5: '85eeb15f3717b99a5da872d97d918f87',
      sha256: 'd97d15e438b7f4498f96086a4f7e2fa42a32f2712e87d3295441b2b6314053a4',
      sum: 'published',
    },
  ],
};
