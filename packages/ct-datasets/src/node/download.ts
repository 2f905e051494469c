/**
 * The downloads of data sets: the files of the catalogue, from the folder where they lie, else from a mirror into it.
 */
import { filledText, flag, func, listOf, pick, signal, text, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { obtainFile } from '@curvature-tuning/files/node';
import type { DownloadProgress } from '@curvature-tuning/files/node';
import type { RemoteEntry, RemoteFile } from '../catalog/catalog.js';
import { cacheRoot } from './cacheRoot.js';
import { mirrorsOf } from './mirrors.js';

/** Where files are looked for and how they are fetched. */
export interface ObtainOptions {
  /** The folder that holds one folder for each data set, see `cacheRoot`. */
  readonly root?: string | undefined;
  /** The folder that holds the files themselves, instead of `<root>/<name>`. */
  readonly folder?: string | undefined;
  /**
   * Addresses of folders to fetch from, instead of those below `CT_DATA_MIRROR`, an environment variable, and of the
   * catalogue's.
   */
  readonly mirrors?: readonly string[] | undefined;
  /** Whether to fail where a download would begin. */
  readonly offline?: boolean | undefined;
  /**
   * Milliseconds without a kilobyte after which a server counts as stalled, and the next attempt begins; 15,000 unless
   * told.
   */
  readonly idleTimeout?: number | undefined;
  /** Called as a download proceeds. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Stops a download; what has arrived is kept for the next time. */
  readonly signal?: AbortSignal | undefined;
}

export const obtainOptionEntries: Entries<ObtainOptions> = {
  root: text,
  folder: filledText,
  mirrors: listOf(filledText),
  offline: flag,
  idleTimeout: whole({ min: 1 }),
  onProgress: func(),
  signal,
};

/**
 * The unpacked contents of a file of the catalogue, size and MD5 verified; see `obtainFile` of
 * `@curvature-tuning/files`.
 *
 * @throws Error when a local file has other contents, naming both sums; or when the file is neither there nor to be
 * had, naming the addresses, the MD5, and where to put it.
 */
export async function obtainSetFile(
  entry: RemoteEntry,
  file: RemoteFile,
  options: ObtainOptions = {},
): Promise<Uint8Array> {
  return obtainFile(entry, file, {
    ...pick(obtainOptionEntries, options),
    mirrors: options.mirrors ?? [...mirrorsOf(entry.name), ...entry.mirrors],
    // Where the folder is known, nobody asks for the root, which may be unknown.
    root: options.folder ?? cacheRoot(options.root),
    cure: `or set CT_DATA_DIR to the folder that holds ${entry.name}/${file.name}.`,
  });
}
