/**
 * Facts of sets that the reference's loader names beside those of the paper.
 */
import type { ArchiveEntry } from './setEntry.js';
import { celebAFile } from './setFiles.js';

/** Faces, with forty attributes that are true or not; one of them is what is told. */
export const CELEB_A: ArchiveEntry = {
  name: 'celeb-a',
  title: 'CelebA, aligned faces; a class is whether an attribute holds',
  classCount: 2,
  classes: ['no', 'yes'],
  shape: [218, 178, 3],
  counts: { train: 162770, validation: 19867, test: 19962 },
  // Nobody states them: those of ImageNet.
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  licence: 'non-commercial research',
  origin: 'https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html',
  citation: 'Z. Liu, P. Luo, X. Wang, X. Tang: Deep Learning Face Attributes in the Wild, ICCV 2015',
  files: [
    celebAFile('img_align_celeba.zip', '00d2c5bc6d35e252742224ab0c1e8fcb'),
    celebAFile('list_attr_celeba.txt', '75e246fa4810816ffd6ee81facbd244c'),
    celebAFile('list_eval_partition.txt', 'd32c9cbf5e040fd4025c592c306e6668'),
  ],
  byHand: 'fetch the files from the page of the set',
  // In the order of list_attr_celeba.txt.
  variants: (
    '5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair ' +
    'Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones ' +
    'Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline ' +
    'Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick ' +
    'Wearing_Necklace Wearing_Necktie Young'
  ).split(' '),
};

/** Shapes that are drawn by rule. */
export const DSPRITES: ArchiveEntry = {
  name: 'dsprites',
  title: 'dSprites, white shapes on black',
  classCount: 3,
  classes: ['square', 'ellipse', 'heart'],
  shape: [64, 64, 1],
  counts: { train: 737280 },
  // Nobody states them: the images are not normalised.
  mean: [0],
  std: [1],
  licence: 'Apache-2.0',
  origin: 'https://github.com/google-deepmind/dsprites-dataset',
  citation: 'L. Matthey, I. Higgins, D. Hassabis, A. Lerchner: dSprites, Disentanglement testing Sprites dataset, 2017',
  files: [
    {
      // The MD5 stands alike in ten public repositories.
      name: 'dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz',
      urls: [
        'https://github.com/google-deepmind/dsprites-dataset/raw/master/' +
          'dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz',
      ],
      md5: '7da33b31b13a06f4b04a70402ce90c2e',
      sum: 'second-hand',
    },
  ],
  // 26 MB that unpack to 3 GB of zeros and ones and 0.1 GB of latent values.
  mostUnpacked: 2 ** 32,
};
