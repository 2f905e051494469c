/**
 * The layout of every set that comes as archives.
 */
import type { ArchiveName } from '../catalog/archives/archiveCatalog.js';
import { aircraft } from './aircraft.js';
import { labelledByName } from './arabic.js';
import { celebA } from './celebA.js';
import { cifar10, cifar100 } from './cifar.js';
import { byList, corruptedFolders, parquetSplits, trainAndVal } from './classFolders.js';
import { cub200 } from './cub200.js';
import { dtd } from './dtd.js';
import { flowers } from './flowers.js';
import { food101 } from './food101.js';
import type { Layout } from './layout.js';
import { corruptedArrays, dsprites, medmnist } from './npyLayouts.js';

/** How the unpacked files of each set are read. */
export const layouts: Readonly<Record<ArchiveName, Layout>> = {
  'arabic-characters': labelledByName(1),
  'arabic-digits': labelledByName(0),
  beans: parquetSplits,
  'celeb-a': celebA,
  cifar10,
  'cifar10-c': corruptedArrays,
  cifar100,
  'cifar100-c': corruptedArrays,
  cub200,
  dermamnist: medmnist,
  dsprites,
  dtd,
  'fgvc-aircraft': aircraft,
  flowers102: flowers,
  food101,
  imagenet: byList(trainAndVal),
  'imagenet-c': byList(corruptedFolders),
  imagenette: trainAndVal,
  octmnist: medmnist,
  pathmnist: medmnist,
};
