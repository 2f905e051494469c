/**
 * Facts of sets of small images: handwriting, leaves, MedMNIST.
 */
import type { ArchiveEntry } from './setEntry.js';
import { arabicFile, beansFile, medmnistFile, MLOEY } from './setFiles.js';

/** Handwritten Arabic letters. */
export const ARABIC_CHARACTERS: ArchiveEntry = {
  name: 'arabic-characters',
  title: 'AHCD, handwritten Arabic letters',
  classCount: 28,
  // In the order of the labels, which is that of the alphabet.
  classes: (
    'alef beh teh theh jeem hah khah dal thal reh zain seen sheen sad dad tah zah ain ghain feh qaf kaf lam meem ' +
    'noon heh waw yeh'
  ).split(' '),
  shape: [32, 32, 1],
  counts: { train: 13440, test: 3360 },
  mean: [0.101],
  std: [0.301],
  licence: 'not stated',
  origin: `${MLOEY}/Arabic-Handwritten-Characters-Dataset`,
  citation: 'A. El-Sawy, M. Loey, H. El-Bakry: Arabic Handwritten Characters Recognition Using CNN, WSEAS 2017',
  files: [
    arabicFile(
      'Arabic-Handwritten-Characters-Dataset',
      'Train Images 13440x32x32.zip',
      'a4b80c95fc07ff69d219daa58cf71a34',
    ),
    arabicFile(
      'Arabic-Handwritten-Characters-Dataset',
      'Test Images 3360x32x32.zip',
      '71b492694895e3c39660d023c077779c',
    ),
  ],
};

/** Handwritten Arabic digits. */
export const ARABIC_DIGITS: ArchiveEntry = {
  name: 'arabic-digits',
  title: 'MADBase, handwritten Arabic digits',
  classCount: 10,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  shape: [28, 28, 1],
  counts: { train: 60000, test: 10000 },
  mean: [0.165],
  std: [0.371],
  licence: 'not stated',
  origin: `${MLOEY}/Arabic-Handwritten-Digits-Dataset`,
  citation: 'S. Abdelazeem, E. El-Sherif: Arabic handwritten digit recognition, IJDAR 2008',
  files: [
    arabicFile('Arabic-Handwritten-Digits-Dataset', 'Train Images.zip', '3be5796e39c1497c3a61bc4be77514b1'),
    arabicFile('Arabic-Handwritten-Digits-Dataset', 'Test Images.zip', '258d12dff10a8fdaf17be73e257e0f25'),
  ],
};

/** Leaves of beans, healthy or not. */
export const BEANS: ArchiveEntry = {
  name: 'beans',
  title: 'iBeans, photos of bean leaves with two diseases or none',
  classCount: 3,
  classes: ['angular_leaf_spot', 'bean_rust', 'healthy'],
  shape: [500, 500, 3],
  counts: { train: 1034, validation: 133, test: 128 },
  mean: [0.485, 0.518, 0.313],
  std: [0.211, 0.223, 0.2],
  licence: 'MIT',
  origin: 'https://github.com/AI-Lab-Makerere/ibean',
  citation: 'Makerere AI Lab: Bean disease dataset, 2020',
  parquet: { image: 'image', label: 'labels' },
  files: [beansFile('train'), beansFile('validation'), beansFile('test')],
};

const MEDMNIST = 'J. Yang et al.: MedMNIST v2, Scientific Data 2023';

/** Lesions of the skin. */
export const DERMAMNIST: ArchiveEntry = {
  name: 'dermamnist',
  title: 'DermaMNIST, lesions of the skin',
  classCount: 7,
  classes: [
    'actinic keratoses and intraepithelial carcinoma',
    'basal cell carcinoma',
    'benign keratosis-like lesions',
    'dermatofibroma',
    'melanoma',
    'melanocytic nevi',
    'vascular lesions',
  ],
  shape: [28, 28, 3],
  counts: { train: 7007, validation: 1003, test: 2005 },
  mean: [0.763, 0.538, 0.561],
  std: [0.137, 0.154, 0.169],
  licence: 'CC-BY-NC-4.0',
  origin: 'https://medmnist.com',
  citation: MEDMNIST,
  files: [medmnistFile('dermamnist', '0744692d530f8e62ec473284d019b0c7')],
};

/** Scans of the retina. */
export const OCTMNIST: ArchiveEntry = {
  name: 'octmnist',
  title: 'OCTMNIST, scans of the retina',
  classCount: 4,
  classes: ['choroidal neovascularization', 'diabetic macular edema', 'drusen', 'normal'],
  shape: [28, 28, 1],
  counts: { train: 97477, validation: 10832, test: 1000 },
  mean: [0.189],
  std: [0.196],
  licence: 'CC-BY-4.0',
  origin: 'https://medmnist.com',
  citation: MEDMNIST,
  files: [medmnistFile('octmnist', 'c68d92d5b585d8d81f7112f81e2d0842')],
};

/** Tissue of the colon. */
export const PATHMNIST: ArchiveEntry = {
  name: 'pathmnist',
  title: 'PathMNIST, tissue of the colon',
  classCount: 9,
  classes: [
    'adipose',
    'background',
    'debris',
    'lymphocytes',
    'mucus',
    'smooth muscle',
    'normal colon mucosa',
    'cancer-associated stroma',
    'colorectal adenocarcinoma epithelium',
  ],
  shape: [28, 28, 3],
  counts: { train: 89996, validation: 10004, test: 7180 },
  mean: [0.741, 0.533, 0.706],
  std: [0.124, 0.177, 0.124],
  licence: 'CC-BY-4.0',
  origin: 'https://medmnist.com',
  citation: MEDMNIST,
  files: [medmnistFile('pathmnist', 'a8b06965200029087d5bd730944a56c1')],
};
