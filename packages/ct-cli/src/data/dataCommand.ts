/**
 * `ct data`: which sets there are, what is known of them, and whether those on the disk are right.
 */
import { check, filledText, flag, oneOf, options, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { ARCHIVE_CATALOG, catalog, channelStatistics } from '@curvature-tuning/datasets';
import type { ArchiveEntry, CatalogEntry } from '@curvature-tuning/datasets';
import { cacheRoot, downloadDataset, openDataset, verifyDataset } from '@curvature-tuning/datasets/node';
import type { DatasetName } from '@curvature-tuning/datasets/node';
import { tellUnreadable } from '../options/loadData.js';
import { UsageError } from '../options/usageError.js';
import { DATA_NAMES, isArchiveName } from '../options/namedData.js';
import { textTable } from '../report/textTable.js';
import { fetchProgress } from '../terminal/fetchProgress.js';
import { say } from '../terminal/terminal.js';
import { trainingImages } from './trainingImages.js';
import { writePreview } from './writePreview.js';

/** What `ct data` does with a set. */
export const DATA_ACTIONS = ['list', 'info', 'download', 'verify', 'stats', 'preview'] as const;

/** What `ct data` was told. */
export interface DataSettings {
  action: (typeof DATA_ACTIONS)[number];
  /** The set; of no use for `list`. */
  name?: string | undefined;
  /** Whether `stats` and `preview` leave out images that cannot be read. */
  skipUnreadable?: boolean | undefined;
  /** Folder of `preview`. */
  output: string;
}

export const dataCommandArguments: Entries<{ settings: DataSettings; signal: AbortSignal }> = {
  settings: options<DataSettings>(
    { action: oneOf(...DATA_ACTIONS), name: filledText, skipUnreadable: flag, output: filledText },
    ['action', 'output'],
  ),
  signal: signalSchema,
};

/**
 * Does what `action` says with a set.
 *
 * @throws UsageError without a known name; Error where `verify` finds a file that is wrong; what `openDataset` throws.
 */
export async function dataCommand(settings: DataSettings, signal: AbortSignal): Promise<void> {
  check('dataCommand', dataCommandArguments, { settings, signal });
  const { action, name, skipUnreadable, output } = settings;
  if (action === 'list') return list();
  if (name === undefined || !DATA_NAMES.includes(name))
    throw new UsageError(`ct data ${action} needs one of ${DATA_NAMES.join(', ')}; got ${name ?? 'no name'}`);
  const known = name as DatasetName;
  if (action === 'info') return info(factsOf(known));
  if (action === 'verify') return verify(known, signal);
  const { hear, stop } = fetchProgress();
  const fetching = { signal, onProgress: hear };
  if (action === 'download') {
    if (isArchiveName(name)) say(await downloadDataset(name, fetching).finally(stop));
    else await openDataset(known, fetching).finally(stop);
    return;
  }
  const opened = await openDataset(known, { ...fetching, skipUnreadable }).finally(stop);
  tellUnreadable(opened.unreadable);
  if (action === 'preview') return say((await writePreview(opened, output, signal)).join(' and '));
  const measured = trainingImages(opened, signal);
  const { mean, std } = await channelStatistics(measured);
  const three = (numbers: readonly number[]): string => numbers.map((number) => number.toFixed(3)).join(' ');
  say(`${measured.length} images to train with: mean ${three(mean)}, std ${three(std)}`);
  say(`the catalogue's: mean ${three(opened.mean)}, std ${three(opened.std)}`);
}

function factsOf(name: DatasetName): CatalogEntry | ArchiveEntry {
  return isArchiveName(name) ? ARCHIVE_CATALOG[name] : catalog[name];
}

function list(): void {
  const rows = DATA_NAMES.map((name) => {
    const facts = factsOf(name as DatasetName);
    const { train = 0, validation = 0, test = 0 } = facts.counts as Partial<Record<string, number>>;
    const classes = 'classCount' in facts ? facts.classCount : facts.classes.length;
    return [name, String(classes), (train + validation + test).toLocaleString('en-US'), facts.licence];
  });
  say(textTable([['set', 'classes', 'images', 'licence'], ...rows]).join('\n'));
}

function info(facts: CatalogEntry | ArchiveEntry): void {
  const files = 'citation' in facts ? facts.files : [];
  const lines: [string, string][] = [
    ['name', facts.name],
    ['title', facts.title],
    ['classes', String('classCount' in facts ? facts.classCount : facts.classes.length)],
    [
      'images',
      Object.entries(facts.counts)
        .map(([split, count]) => `${split} ${count}`)
        .join(', '),
    ],
    ['size', facts.shape?.join('x') ?? 'of many sizes'],
    ['mean', facts.mean.join(' ')],
    ['std', facts.std.join(' ')],
    ['licence', facts.licence],
    ['origin', facts.origin],
    ...('citation' in facts ? [['cite', facts.citation] as [string, string]] : []),
    ['kept in', `${cacheRoot()}/${facts.name}`],
    ...files.map(({ name, urls, sum }): [string, string] => [
      'file',
      `${name}, checksum ${sum}, ${urls[0] ?? 'by hand'}`,
    ]),
  ];
  say(lines.map(([name, value]) => `${name.padEnd(9)}${value}`).join('\n'));
}

async function verify(name: DatasetName, signal: AbortSignal): Promise<void> {
  if (!isArchiveName(name)) {
    // Reading them verifies them.
    await openDataset(name, { signal, offline: true });
    return say(`${name}: right`);
  }
  const files = await verifyDataset(name);
  say(files.map(({ state, path }) => `${state.padEnd(9)}${path}`).join('\n'));
  const wrong = files.filter(({ state }) => state === 'wrong');
  if (wrong.length > 0)
    throw new Error(
      `ct data: ${wrong.map((file) => file.path).join(', ')}: other bytes than the sum says; delete them`,
    );
}
