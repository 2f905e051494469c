/**
 * Oxford Flowers: labels and splits in files of MATLAB beside the archive of photos.
 */
import { DamagedFileError } from '../formats/damagedFile.js';
import { parseMat } from '../formats/mat.js';
import type { Layout, SetFiles, StoredFiles } from './layout.js';
import { findFile, readFile } from './setFiles.js';

/** `imagelabels.mat` (labels from 1), `setid.mat` (trnid, valid, tstid: numbers of images), `jpg/image_00001.jpg`. */
export const flowers: Layout = async (files, entry) => {
  const labels = await valuesOf(files, 'imagelabels.mat', 'labels');
  const root = findFile(files, 'jpg/image_00001.jpg').replace(/image_00001\.jpg$/, '');
  const split = async (name: string): Promise<StoredFiles> => {
    const ids = await valuesOf(files, 'setid.mat', name);
    return {
      labels: Array.from(ids, (id) => {
        const label = labels[id - 1];
        if (label !== undefined && label >= 1 && label <= entry.classCount) return label - 1;
        throw new DamagedFileError('loadDataset', {
          file: 'imagelabels.mat',
          fault: `image ${id} has the label ${label ?? 'none'}, expected one from 1 to ${entry.classCount}`,
        });
      }),
      images: Array.from(ids, (id) => `${root}image_${String(id).padStart(5, '0')}.jpg`),
    };
  };
  return {
    classes: entry.classes!,
    splits: { train: await split('trnid'), validation: await split('valid'), test: await split('tstid') },
  };
};

async function valuesOf(files: SetFiles, file: string, name: string): Promise<Float64Array> {
  const arrays = parseMat(await readFile(files, file), file);
  const found = arrays.find((array) => array.name === name);
  if (found) return found.values;
  const names = arrays.map((array) => array.name).join(', ');
  throw new DamagedFileError('loadDataset', { file, fault: `it holds no "${name}" but ${names || 'nothing'}` });
}
