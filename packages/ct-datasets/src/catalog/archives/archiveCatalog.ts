/**
 * All sets that come as archives, by name.
 */
import { ARABIC_CHARACTERS, ARABIC_DIGITS, BEANS, DERMAMNIST, OCTMNIST, PATHMNIST } from './smallSets.js';
import { CIFAR10, CIFAR100, CIFAR100_C, CIFAR10_C } from './cifarSets.js';
import { CELEB_A, DSPRITES } from './otherSets.js';
import { IMAGENET, IMAGENET_C, IMAGENETTE } from './imagenetSets.js';
import { CUB200, DTD, FGVC_AIRCRAFT, FLOWERS102, FOOD101 } from './photoSets.js';
import type { ArchiveEntry } from './setEntry.js';

/** Sets that come as archives. */
export type ArchiveName =
  | 'arabic-characters'
  | 'arabic-digits'
  | 'beans'
  | 'celeb-a'
  | 'cifar10'
  | 'cifar10-c'
  | 'cifar100'
  | 'cifar100-c'
  | 'cub200'
  | 'dermamnist'
  | 'dsprites'
  | 'dtd'
  | 'fgvc-aircraft'
  | 'flowers102'
  | 'food101'
  | 'imagenet'
  | 'imagenet-c'
  | 'imagenette'
  | 'octmnist'
  | 'pathmnist';

/** Facts of every set that comes as archives. */
export const ARCHIVE_CATALOG: Readonly<Record<ArchiveName, ArchiveEntry>> = {
  'arabic-characters': ARABIC_CHARACTERS,
  'arabic-digits': ARABIC_DIGITS,
  beans: BEANS,
  'celeb-a': CELEB_A,
  cifar10: CIFAR10,
  'cifar10-c': CIFAR10_C,
  cifar100: CIFAR100,
  'cifar100-c': CIFAR100_C,
  cub200: CUB200,
  dermamnist: DERMAMNIST,
  dsprites: DSPRITES,
  dtd: DTD,
  'fgvc-aircraft': FGVC_AIRCRAFT,
  flowers102: FLOWERS102,
  food101: FOOD101,
  imagenet: IMAGENET,
  'imagenet-c': IMAGENET_C,
  imagenette: IMAGENETTE,
  octmnist: OCTMNIST,
  pathmnist: PATHMNIST,
};
