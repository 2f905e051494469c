/**
 * Images that are stored as numbers, in the form that is wanted.
 */
import { oneOf, real } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { Pixels } from '@curvature-tuning/data';
import { convertChannels } from '../images/convertChannels.js';
import { resampleFilter } from '../images/resample.js';
import type { Scaling } from '../images/resizeToCover.js';
import { scalingResampler } from '../images/resizeToCover.js';
import type { StoredPixels } from '../layouts/layout.js';

/** The form that images are brought to when they are read. */
export interface StoredForm extends Scaling {
  /** `[height, width]`; their own unless told. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** 1 for grey, 3 for RGB; their own unless told. */
  readonly channels?: 1 | 3 | undefined;
  /** The most pixels an image may have, 2^26 unless told. */
  readonly maxPixels?: number | undefined;
}

export const scalingEntries: Entries<Scaling> = {
  interpolation: resampleFilter,
  cropMode: oneOf('center', 'squash'),
  cropPct: real({ above: 0, max: 1 }),
};

/** The pixels of one image. */
export async function readPixels(stored: StoredPixels, index: number, form: StoredForm): Promise<Pixels> {
  const [height, width, own] = stored.shape as [number, number, 1 | 3];
  return formed(await stored.read(index), [height, width, own], form);
}

/** Decoded pixels in the size and channels of a form. */
export function formed(
  bytes: Uint8Array,
  [height, width, own]: readonly [height: number, width: number, channels: 1 | 3],
  form: StoredForm,
): Pixels {
  const { size, channels = own } = form;
  const values = convertChannels(bytes, own, channels);
  if (size === undefined || (size[0] === height && size[1] === width && (form.cropPct ?? 1) === 1))
    return { values, shape: [height, width, channels] };
  const resampler = scalingResampler([height, width, channels], size, form);
  resampler.push(values);
  return { values: resampler.result, shape: [...size, channels] };
}
