/**
 * Going on without the images that cannot be read, where that is asked for.
 */
import { secondsLeft } from '@curvature-tuning/checks';
import { readableOnly } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import type { DecodeProgress } from './setProgress.js';

/** An image that was left out. */
export interface UnreadableImage {
  /** Its path; of an image in an array its number, from 0 on. */
  readonly file: string;
  /** Why: as a rule a `DamagedFileError`. */
  readonly reason: Error;
}

/** Whether to go on without such images. */
export interface SkipOptions {
  /**
   * Whether every image is decoded once at the beginning, and those that cannot be are left out and listed in
   * `unreadable`. Default: false; the first one that is asked for is an error.
   */
  readonly skipUnreadable?: boolean | undefined;
}

/** Who hears how far the images have been decoded, of which set or folder, and may stop it. */
export interface DecodeFollowing {
  readonly file: string;
  readonly onProgress?: ((progress: DecodeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The images of a set that can be decoded, and those that cannot, which `nameOf` names. */
export async function withoutUnreadable(
  set: DataSet,
  nameOf: (index: number) => string,
  { file, onProgress, signal }: DecodeFollowing,
): Promise<{ set: DataSet; kept: readonly number[]; unreadable: readonly UnreadableImage[] }> {
  const begun = performance.now();
  const { set: readable, skipped } = await readableOnly(set, {
    signal,
    onProgress: (done, total) => {
      const left = secondsLeft((performance.now() - begun) / 1000, done, total);
      onProgress?.({ phase: 'decode', file, done, total, secondsLeft: left });
    },
  });
  const out = new Set(skipped.map(({ index }) => index));
  return {
    set: readable,
    kept: Array.from({ length: set.length }, (_, index) => index).filter((index) => !out.has(index)),
    unreadable: skipped.map(({ index, reason }) => ({ file: nameOf(index), reason })),
  };
}
