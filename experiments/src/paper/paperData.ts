/**
 * Sets at the paper's size, read image by image from where they are kept; nothing is downloaded here.
 */
import type { DataSet, Normalization } from '@curvature-tuning/data';
import { normalize } from '@curvature-tuning/data';
import { PAPER_PIPELINES } from '@curvature-tuning/datasets';
import type { PaperPipeline } from '@curvature-tuning/datasets';
import { cacheRoot, openDataset } from '@curvature-tuning/datasets/node';
import type { DatasetName } from '@curvature-tuning/datasets/node';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A set in the form that a network takes. */
export interface PaperData extends Normalization, Record<Split, DataSet> {
  /** The same with pixels in [0, 1]. */
  pixels: Readonly<Record<Split, DataSet>>;
  classes: number;
}

type Split = 'train' | 'validation' | 'test';

/** Where Debian's packages put sets, such as `dataset-fashion-mnist`. */
const DEBIAN = '/usr/share/datasets';

/** How a set is opened from where it is kept: the cache, else Debian's folder; never from a network. */
export function kept(name: string): { offline: true; root?: string } {
  const isDebians = !existsSync(join(cacheRoot(), name)) && existsSync(join(DEBIAN, name));
  return { offline: true, ...(isDebians && { root: DEBIAN }) };
}

/** What becomes of images for a network: the set that it was trained on decides. */
export function pipelineOf(network: string): PaperPipeline {
  if (network.endsWith('.mnist')) return PAPER_PIPELINES.mnist;
  const [, from = 'imagenet'] = network.split(':');
  return PAPER_PIPELINES[from as keyof typeof PAPER_PIPELINES];
}

/**
 * Opens a set for a network, normalised with the set's own mean and deviation, as in the paper.
 *
 * @throws Error where the set is not on the disk, with the repair.
 */
export async function openPaperData(
  name: string,
  { seed, network, ...variant }: { seed: number; network: string; variant?: string; severity?: number },
): Promise<PaperData> {
  const { form } = pipelineOf(network);
  const { train, validation, test, classes, ...own } = await openDataset(name as DatasetName, {
    ...{ seed, ...kept(name) },
    ...form,
    // Corrupted images have been cropped.
    ...(variant.variant !== undefined && { ...variant, cropPct: 1 }),
  });
  // Those of grey images are those of each channel.
  const each = (numbers: readonly number[]): number[] =>
    Array.from({ length: form.channels }, (_, channel) => numbers[channel % numbers.length]!);
  const [mean, std] = [each(own.mean), each(own.std)];
  const normalized = (set: DataSet): DataSet => set.map(normalize({ mean, std }));
  const plain = (set: DataSet): DataSet => set.map(normalize({}));
  return {
    train: normalized(train),
    validation: normalized(validation),
    test: normalized(test),
    pixels: { train: plain(train), validation: plain(validation), test: plain(test) },
    ...{ mean, std, classes: classes.length },
  };
}
