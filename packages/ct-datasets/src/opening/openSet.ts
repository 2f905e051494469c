/**
 * What a set holds as three splits, wherever its files are.
 */
import {
  count,
  filledText,
  flag,
  matching,
  oneOf,
  satisfying,
  seed as seedSchema,
  whole,
} from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { scikitSplit, stratifiedSplit } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import type { ArchiveName } from '../catalog/archives/archiveCatalog.js';
import type { ArchiveEntry, SetFile, SplitName } from '../catalog/archives/setEntry.js';
import { catalog } from '../catalog/catalog.js';
import type { BundledName, RemoteName } from '../catalog/catalog.js';
import type { ImageSet } from '../images/imageSet.js';
import { pixelsPerImage } from '../images/imageSet.js';
import { imageSize } from '../images/resample.js';
import type { SetFiles, StoredPixels, StoredSet, StoredSplit, Variant } from '../layouts/layout.js';
import { layouts } from '../layouts/layouts.js';
import type { DecodeProgress } from './setProgress.js';
import { scalingEntries } from './storedPixels.js';
import type { StoredForm } from './storedPixels.js';
import type { SkipOptions, UnreadableImage } from './unreadable.js';
import { withoutUnreadable } from './unreadable.js';

/** Every set that is loaded by its name. */
export type DatasetName = BundledName | RemoteName | ArchiveName;

/** In which form a set is read, which variant of it, and with which seed. */
export interface FormOptions extends StoredForm, Variant, SkipOptions {
  /** Of splits that the set itself does not have: a whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number | undefined;
}

/** A set, open: its facts and its three splits. */
export interface OpenedDataset {
  readonly name: string;
  readonly title: string;
  readonly classes: readonly string[];
  /** Mean and standard deviation of each channel of pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly licence: string;
  readonly origin: string;
  readonly train: DataSet;
  readonly validation: DataSet;
  readonly test: DataSet;
  /** Those splits that the set itself has; the others are drawn by `seed`. */
  readonly ownSplits: readonly SplitName[];
  readonly seed: number;
  /** The images that `skipUnreadable` left out; none without it. */
  readonly unreadable: readonly UnreadableImage[];
}

/** A split of a set, and what was left out of it. */
export interface LoadedSplit extends DataSet {
  /** The images that `skipUnreadable` left out of what the split was drawn from; none without it. */
  readonly unreadable: readonly UnreadableImage[];
}

export const formEntries: Entries<FormOptions> = {
  size: imageSize,
  ...scalingEntries,
  channels: satisfying(whole(), (value) => value === 1 || value === 3, { expects: '1 (grey) or 3 (RGB)' }) as Schema<
    1 | 3
  >,
  maxPixels: count,
  variant: filledText,
  severity: whole({ min: 1, max: 5 }),
  list: oneOf('robustbench'),
  skipUnreadable: flag,
  seed: seedSchema,
};

/** Files that are fetched in place of the catalogue's. */
export const setFiles: Schema<readonly SetFile[]> = matching(
  (value): value is readonly SetFile[] =>
    Array.isArray(value) && value.every((file) => typeof (file as Partial<SetFile> | null)?.name === 'string'),
  { expects: 'a list of files as the catalogue has them' },
);

const names = [...Object.keys(catalog), ...Object.keys(ARCHIVE_CATALOG)];

/**
 * What is known of a set that comes as archives, with the file of a list among its own; undefined for one in memory,
 * which has no variants.
 *
 * @throws TypeError for a name, a variant or a list that is not known.
 */
export function archiveEntryOf(name: DatasetName, { variant, list }: Variant): ArchiveEntry | undefined {
  if (!names.includes(name))
    throw new TypeError(
      `openDataset: expected one of ${names.join(', ')}, got "${String(name)}"; for folders of images see ` +
        'imageFolder() and loadImages()',
    );
  const entry: ArchiveEntry | undefined = Object.hasOwn(ARCHIVE_CATALOG, name)
    ? ARCHIVE_CATALOG[name as ArchiveName]
    : undefined;
  if (variant !== undefined && entry?.variants?.includes(variant) !== true)
    throw new TypeError(
      `openDataset: ${name} has ${entry?.variants ? `the variants ${entry.variants.join(', ')}` : 'no variants'}, ` +
        `got "${variant}"`,
    );
  if (list === undefined) return entry;
  const file = entry?.lists?.[list];
  if (!entry || !file) throw new TypeError(`openDataset: ${name} has no lists, got "${list}"`);
  return { ...entry, files: [...entry.files, file] };
}

/** What the unpacked files of a set hold. */
export function readLayout(entry: ArchiveEntry, files: SetFiles, variant: Variant): Promise<StoredSet> {
  return layouts[entry.name as ArchiveName](files, entry, variant);
}

/** What sets of few bytes hold, which are in memory. */
export function storedInMemory(
  classes: readonly string[],
  splits: Partial<Record<SplitName, ImageSet>>,
): StoredSet & { splits: Partial<Record<SplitName, StoredPixels>> } {
  const stored = (['train', 'validation', 'test'] as const).flatMap((split) => {
    const set = splits[split];
    if (set === undefined) return [];
    const { images, labels, shape } = set;
    const size = pixelsPerImage(set);
    const read = (index: number): Uint8Array => images.subarray(index * size, (index + 1) * size);
    return [[split, { labels, shape, read }] as const];
  });
  return { classes, splits: Object.fromEntries(stored) };
}

type Facts = Pick<OpenedDataset, 'name' | 'title' | 'mean' | 'std' | 'licence' | 'origin'>;

/** How a set is opened. */
export interface Opening extends FormOptions {
  readonly onProgress?: ((progress: DecodeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The one split that is wanted: no image of others is decoded for `skipUnreadable`. */
  readonly split?: SplitName | undefined;
}

const SPLITS = ['train', 'validation', 'test'] as const;

/**
 * A set of its stored splits, those it lacks drawn: validation as 20 % of train by `scikitSplit`, a single heap as 64 /
 * 16 / 20 % by `stratifiedSplit`, unless it is fixed. With `skipUnreadable` from what can be read.
 *
 * @param make The data set of a stored split.
 */
export async function openSet(
  { name, title, mean, std, licence, origin }: Facts,
  { classes, splits, isFixed = false }: StoredSet,
  options: Opening,
  make: (split: StoredSplit, name: SplitName) => Promise<DataSet>,
): Promise<OpenedDataset> {
  const { seed = 42, skipUnreadable = false } = options;
  const own = SPLITS.filter((split) => splits[split] !== undefined);
  const sets: Partial<Record<SplitName, DataSet>> = {};
  const unreadable: UnreadableImage[] = [];
  for (const split of own) {
    const stored = splits[split]!;
    const set = await make(stored, split);
    if (skipUnreadable && isOf(options.split, split, own)) {
      const nameOf = (index: number): string => ('images' in stored ? stored.images[index]! : String(index));
      const left = await withoutUnreadable(set, nameOf, { ...options, file: `${name}, ${split}` });
      sets[split] = left.set;
      unreadable.push(...left.unreadable);
    } else sets[split] = set;
  }
  const { train, validation, test } = sets;
  const facts = { name, title, classes, mean, std, licence, origin, ownSplits: own, seed, unreadable };
  if (train && test) {
    const [fitted, held] = validation ? [train, validation] : drawValidation(train, seed);
    return { ...facts, train: fitted, validation: held, test };
  }
  const heap = train ?? test;
  if (!heap) throw new Error(`openDataset: no image of ${name} was found; remove its folder and load the set again`);
  if (isFixed) return { ...facts, train: heap.take(0), validation: heap.take(0), test: heap };
  const [first, second, third] = stratifiedSplit(heap.labels, [0.64, 0.16, 0.2], seed).map((indices) =>
    heap.subset(indices),
  ) as [DataSet, DataSet, DataSet];
  return { ...facts, train: first, validation: second, test: third };
}

/** Whether the split that is wanted, of all where none is, is drawn from a stored one. */
function isOf(wanted: SplitName | undefined, stored: SplitName, own: readonly SplitName[]): boolean {
  if (wanted === undefined || own.length === 1) return true;
  return own.includes(wanted) ? stored === wanted : stored === 'train';
}

function drawValidation(train: DataSet, seed: number): [DataSet, DataSet] {
  const held = Math.ceil(0.2 * train.length);
  const [first, second] = scikitSplit(train.labels, [train.length - held, held], seed);
  return [train.subset(first), train.subset(second)];
}
