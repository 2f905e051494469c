/**
 * What `ct sweep` and `ct worker` are pointed to: the sweep, its folder, and the module of its cells.
 */
import { filledText, options } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { CellKinds, PlannedCell, Sweep } from '@curvature-tuning/sweep';
import { cellsOf, loadKinds, parseSweep, SweepFolder } from '@curvature-tuning/sweep';
import type { RedisPlace } from '@curvature-tuning/sweep/redis';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../options/usageError.js';

/** Where a sweep is. */
export interface SweepPlace {
  /** The path of its JSON file. */
  file: string;
  /** Default: `ct-sweep-` and its name. */
  folder?: string | undefined;
  /** A module that exports `cells`. Default: the kinds of ct. */
  cells?: string | undefined;
  /** Where the queue is, of the engine redis. */
  redis?: string | undefined;
  /** A file of certificates for it. */
  redisCa?: string | undefined;
}

export const sweepPlaceEntries: Entries<SweepPlace> = {
  file: filledText,
  folder: filledText,
  cells: filledText,
  redis: filledText,
  redisCa: filledText,
};
export const sweepPlace: Schema<SweepPlace> = options<SweepPlace>(sweepPlaceEntries, ['file']);

/** A sweep, read. */
export interface OpenedSweep {
  sweep: Sweep;
  module: string;
  kinds: CellKinds;
  planned: PlannedCell[];
  folder: SweepFolder;
}

/** Where the queue is. @throws UsageError where nobody said. */
export function redisOf({ redis, redisCa }: Pick<SweepPlace, 'redis' | 'redisCa'>): RedisPlace {
  if (redis === undefined)
    throw new UsageError('--redis, or CT_REDIS, must say where the queue is: redis://:password@host:6379');
  return { url: redis, ca: redisCa };
}

/** @throws UsageError where there is no such file, Error where it is no sweep. */
export async function openSweep({ file, folder, cells }: SweepPlace): Promise<OpenedSweep> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`a sweep must be a JSON file, "${file}" cannot be read (${cause.code})`);
  });
  const sweep = parseSweep(file, text);
  const module = moduleOf(cells);
  const kinds = await loadKinds(module);
  return {
    sweep,
    module,
    kinds,
    planned: cellsOf(sweep, kinds),
    folder: new SweepFolder(folder ?? `ct-sweep-${sweep.name}`),
  };
}

/** The address of a module that was named by its path, or by the name of a package. */
export function moduleOf(cells: string | undefined): string {
  if (cells === undefined) return new URL('../../dist/cells/index.js', import.meta.url).href;
  return /^[./]|\.m?js$/.test(cells) ? pathToFileURL(resolve(cells)).href : cells;
}
