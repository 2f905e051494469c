/**
 * What a cell at the paper's size needs, whether it is on this machine, and the command that gets it.
 */
import { ARCHIVE_CATALOG } from '@curvature-tuning/datasets';
import { openDataset } from '@curvature-tuning/datasets/node';
import type { DatasetName } from '@curvature-tuning/datasets/node';
import { fetchWeights, pretrainedWeights } from '@curvature-tuning/models';
import type { Cell } from '@curvature-tuning/sweep';
import { access } from 'node:fs/promises';
import { kept } from './paperData.js';
import { isFromScratch, trainedFile } from './paperNetwork.js';

/** A set, a file of published weights, or a network that is trained here. */
export interface Need {
  what: 'data' | 'weights' | 'network';
  name: string;
  /** Gets it; what is given to browsers alone has to be downloaded by hand first. */
  command: string;
  byHand?: string | undefined;
}

/** A need that is not met. */
export interface Lacking extends Need {
  /** How many cells wait for it. */
  cells: number;
}

/** What a cell needs. A cell that trains a network from scratch needs its set alone. */
export function needsOf({ kind, spec }: Pick<Cell, 'kind' | 'spec'>): Need[] {
  const [network, data] = [spec['network'] as string, spec['data'] as string];
  // Normalisation is calibrated on the clean set.
  const sets = kind === 'paperCorrupted' ? [data, data.replace(/-c$/, '')] : [data];
  return [...sets.map(dataNeed), ...(kind === 'paperPretrain' ? [] : [networkNeed(network)])];
}

function dataNeed(name: string): Need {
  const byHand = Object.hasOwn(ARCHIVE_CATALOG, name) ? ARCHIVE_CATALOG[name as 'imagenet'].byHand : undefined;
  return { what: 'data', name, command: `ct data download ${name}`, byHand };
}

function networkNeed(name: string): Need {
  if (isFromScratch(name))
    return { what: 'network', name, command: 'npm run evidence -- --scale paper --only pretrain' };
  const { byHand } = pretrainedWeights[name]!;
  return {
    what: 'weights',
    name,
    command: `ct models get ${name}${byHand === undefined ? '' : ' --file FILE'}`,
    byHand,
  };
}

/** Whether a need is met: what is there is opened as the cells will open it. */
export async function isMet({ what, name }: Need): Promise<boolean> {
  const found =
    what === 'data'
      ? openDataset(name as DatasetName, kept(name))
      : what === 'weights'
        ? fetchWeights(name, { offline: true })
        : access(trainedFile(name));
  return found.then(
    () => true,
    () => false,
  );
}

/** The cells that can run here, and what the others lack, the most wanted first. */
export async function sortOut<C extends { cell: Cell }>(
  cells: readonly C[],
): Promise<{ able: C[]; lacking: Lacking[] }> {
  const met = new Map<string, boolean>();
  const lacking = new Map<string, Lacking>();
  const able: C[] = [];
  for (const planned of cells) {
    const missing: Need[] = [];
    for (const need of needsOf(planned.cell)) {
      const key = `${need.what} ${need.name}`;
      if (!met.has(key)) met.set(key, await isMet(need));
      if (met.get(key) === true) continue;
      missing.push(need);
      lacking.set(key, { ...need, cells: (lacking.get(key)?.cells ?? 0) + 1 });
    }
    if (missing.length === 0) able.push(planned);
  }
  return { able, lacking: [...lacking.values()].sort((a, b) => b.cells - a.cells || (a.name < b.name ? -1 : 1)) };
}

/** What is lacking as lines: what, how many cells wait for it, the command. */
export function lackingText(lacking: readonly Lacking[]): string {
  const width = Math.max(0, ...lacking.map(({ what, name }) => what.length + name.length + 1));
  return lacking
    .map(({ what, name, cells, command, byHand }) => {
      const by = byHand === undefined ? '' : `\n    by hand: ${byHand}`;
      return `${`${what} ${name}`.padEnd(width)}  ${String(cells).padStart(6)} cells  ${command}${by}`;
    })
    .join('\n');
}
