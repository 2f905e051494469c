/**
 * What is told of a set while its files are fetched and unpacked, in Node and in pages alike.
 */
import { secondsLeft } from '@curvature-tuning/checks';
import type { Progress } from '@curvature-tuning/checks';
import type { DownloadProgress } from '@curvature-tuning/files/node';
import type { ByteSource } from '../formats/byteSource.js';

/** How far an archive has been unpacked. */
export interface UnpackProgress extends Progress {
  readonly phase: 'unpack';
  /** Bytes of the archive so far. */
  readonly done: number;
  /** Bytes of the archive. */
  readonly total: number;
  /** Name of the archive. */
  readonly file: string;
}

/** How far images have been read before a set is there. */
export interface DecodeProgress extends Progress {
  /** `'inspect'`: their headers alone; `'decode'`: all of them, for `skipUnreadable`. */
  readonly phase: 'inspect' | 'decode';
  /** Images so far. */
  readonly done: number;
  /** Images in all. */
  readonly total: number;
  /** Name of the set or of the folder. */
  readonly file: string;
}

/** What is told of a set that is fetched, unpacked and, for `skipUnreadable`, decoded. */
export type SetProgress = DownloadProgress | UnpackProgress | DecodeProgress;

/** Who hears of it, and may stop it. */
export interface Following {
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A source that tells how far it was read. */
export function reporting(source: ByteSource, { onProgress, signal }: Following): ByteSource {
  const begun = performance.now();
  let done = 0;
  return {
    ...source,
    slice: async (start, end) => {
      signal?.throwIfAborted();
      const bytes = await source.slice(start, end);
      if (end > done) {
        done = end;
        const left = secondsLeft((performance.now() - begun) / 1000, done, source.size);
        onProgress?.({ phase: 'unpack', file: source.name, done, total: source.size, secondsLeft: left });
      }
      return bytes;
    },
  };
}
