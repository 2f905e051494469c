/**
 * Files of sets that are named alike, and names of classes that are numbers.
 */
import type { SetFile } from './setEntry.js';

/** Where the Arabic letters and digits are. */
export const MLOEY = 'https://github.com/mloey';

/** An archive of Arabic letters or digits; its MD5 is an older loader's, seen nowhere else. */
export function arabicFile(repository: string, name: string, md5: string): SetFile {
  return { name, urls: [`${MLOEY}/${repository}/raw/master/${encodeURIComponent(name)}`], md5, sum: 'second-hand' };
}

/** A split of the beans: the archives of storage.googleapis.com/ibeans, of which sums are published, answer 403. */
export function beansFile(split: string): SetFile {
  const name = `${split}-00000-of-00001.parquet`;
  const urls = [`https://huggingface.co/datasets/AI-Lab-Makerere/beans/resolve/main/data/${name}`];
  return { name, urls, sum: 'first download' };
}

/** The archive of a set of MedMNIST; its MD5 is that of medmnist/info.py, 3.0.2. */
export function medmnistFile(name: string, md5: string): SetFile {
  const urls = [`https://zenodo.org/records/10519652/files/${name}.npz?download=1`];
  return { name: `${name}.npz`, urls, md5, sum: 'published' };
}

/** An archive of ImageNet-C; its MD5 stands in one public source alone. */
export function imagenetCFile(kind: string, md5: string): SetFile {
  const urls = [`https://zenodo.org/records/2235448/files/${kind}.tar?download=1`];
  return { name: `${kind}.tar`, urls, md5, sum: 'second-hand' };
}

/** A file of CelebA; its MD5 is torchvision's, datasets/celeba.py. Google Drive, its address, often answers a page. */
export function celebAFile(name: string, md5: string): SetFile {
  return { name, urls: [], md5, sum: 'published' };
}

/** Classes that are known by their number alone. */
export function numberedClasses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, label) => `class ${label}`);
}
