/**
 * Images as they are stored, as a data set that reads and decodes them when they are asked for.
 */
import { inNameOf, pick } from '@curvature-tuning/checks';
import { dataSet } from '@curvature-tuning/data';
import type { DataSet, Pixels } from '@curvature-tuning/data';
import { convertChannels } from '../../images/convertChannels.js';
import type { Scaling } from '../../images/resizeToCover.js';
import { scalingResampler } from '../../images/resizeToCover.js';
import type { SetFiles, StoredFiles, StoredPixels, StoredSplit } from '../../layouts/layout.js';
import type { DecodePixels, ImageForm } from '../folder/decodeImage.js';
import { pixelDecoder } from '../folder/decodeImage.js';
import { scalingEntries } from '../folder/imageFolder.js';
import { join } from 'node:path';

/** The form that images are brought to when they are read. */
export interface StoredForm extends Scaling {
  /** `[height, width]`; their own unless told. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** 1 for grey, 3 for RGB; their own unless told. */
  readonly channels?: 1 | 3 | undefined;
  /** The most pixels an image may have, 2^26 unless told. */
  readonly maxPixels?: number | undefined;
}

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
      : (index: number) => fit(stored, index, form);
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

async function fit(stored: StoredPixels, index: number, form: StoredForm): Promise<Pixels> {
  const [height, width, own] = stored.shape as [number, number, 1 | 3];
  const { size, channels = own } = form;
  const values = convertChannels(await stored.read(index), own, channels);
  if (size === undefined || (size[0] === height && size[1] === width))
    return { values, shape: [height, width, channels] };
  const resampler = scalingResampler([height, width, channels], size, form);
  resampler.push(values);
  return { values: resampler.result, shape: [...size, channels] };
}
