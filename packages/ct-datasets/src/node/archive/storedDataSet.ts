/**
 * Images as they are stored, as a data set that reads and decodes them when they are asked for.
 */
import { inNameOf, pick } from '@curvature-tuning/checks';
import { dataSet } from '@curvature-tuning/data';
import type { DataSet, Pixels } from '@curvature-tuning/data';
import type { SetFiles, StoredFiles, StoredSplit } from '../../layouts/layout.js';
import type { StoredForm } from '../../opening/storedPixels.js';
import { readPixels, scalingEntries } from '../../opening/storedPixels.js';
import type { DecodePixels } from '../folder/decodeImage.js';
import { pixelDecoder } from '../folder/decodeImage.js';
import type { ImageForm } from '../threads/scalePixels.js';
import { join } from 'node:path';

/**
 * A data set of a stored split.
 *
 * @throws Error when sharp is not installed where images are files; when one that is read cannot be decoded, with its
 * name.
 */
export async function storedDataSet(
  stored: StoredSplit,
  { files, classes, form }: { files: SetFiles; classes: readonly string[]; form: StoredForm },
): Promise<DataSet> {
  const { labels } = stored;
  const read =
    'images' in stored
      ? readFiles(stored, files, form, await pixelDecoder())
      : (index: number) => readPixels(stored, index, form);
  return dataSet({ labels, classes, read });
}

function readFiles(
  { images, trimBottom }: StoredFiles,
  files: SetFiles,
  form: StoredForm,
  decode: DecodePixels,
): (index: number) => Promise<Pixels> {
  const imageForm: ImageForm = {
    size: form.size,
    channels: form.channels,
    trimBottom,
    maxPixels: form.maxPixels,
    scaling: pick(scalingEntries, form),
  };
  return (index) => inNameOf('loadDataset', 'imageFolder', () => decode(join(files.place, images[index]!), imageForm));
}
