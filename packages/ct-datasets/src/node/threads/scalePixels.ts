/**
 * Brings decoded pixels to the form that is wanted.
 */
import type { Pixels } from '@curvature-tuning/data';
import { convertChannels } from '../../images/convertChannels.js';
import { scalingResampler } from '../../images/resizeToCover.js';
import type { Scaling } from '../../images/resizeToCover.js';

/** The wanted form of a decoded image. */
export interface ImageForm {
  /** Its own unless told. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** 1 for grey, 3 for RGB; its own unless told. */
  readonly channels?: 1 | 3 | undefined;
  /** Rows at the bottom that are cut off before it is scaled; none unless told. */
  readonly trimBottom?: number | undefined;
  /** The most pixels a file may have; {@link DEFAULT_MAX_PIXELS} unless told. */
  readonly maxPixels?: number | undefined;
  /** Default: bilinear, to cover the size. */
  readonly scaling?: Scaling | undefined;
}

/** More than the largest sensors of common cameras have, and 200 MB once decoded. */
export const DEFAULT_MAX_PIXELS: number = 2 ** 26;

/** What pixels are before. */
interface Decoded {
  readonly width: number;
  readonly height: number;
  /** 1 or 3. */
  readonly channels: number;
}

// Rows are scaled in turns of about this many bytes, some tens of milliseconds, between which others may run.
const BYTES_PER_TURN = 2 ** 22;

/**
 * Bytes `[height, width, channels]` in the form that is wanted; pauses now and then, for whoever shares the thread.
 *
 * @throws Error for other channels than 1 and 3, and where no row is left.
 */
export function* scalePixels(
  data: Uint8Array,
  { width, height: full, channels: from }: Decoded,
  form: ImageForm,
): Generator<undefined, Pixels, undefined> {
  if (from !== 1 && from !== 3) throw new Error(`it decodes to ${from} channels`);
  const { channels = from, scaling = {}, trimBottom = 0, size } = form;
  const height = full - trimBottom;
  if (height < 1) throw new Error(`it has ${full} rows, of which ${trimBottom} are to be cut off`);
  if (size === undefined)
    return {
      values: convertChannels(data.subarray(0, height * width * from), from, channels),
      shape: [height, width, channels],
    };
  const resampler = scalingResampler([height, width, channels], size, scaling);
  const rowBytes = width * from;
  const rowsPerTurn = Math.max(1, Math.floor(BYTES_PER_TURN / rowBytes));
  for (let y = 0; y < height; y += rowsPerTurn) {
    if (y > 0) yield;
    resampler.push(
      convertChannels(data.subarray(y * rowBytes, Math.min(height, y + rowsPerTurn) * rowBytes), from, channels),
    );
  }
  return { values: resampler.result, shape: [...size, channels] };
}
