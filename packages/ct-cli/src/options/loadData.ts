/**
 * The data set that `--data` names, in the form that a network takes.
 */
import type { Batch } from '@curvature-tuning/data';
import type { Dataset } from '@curvature-tuning/datasets';
import { toBatch } from '@curvature-tuning/datasets';
import { imageFolder, loadDataset } from '@curvature-tuning/datasets/node';
import type { DownloadProgress } from '@curvature-tuning/datasets/node';
import { stat } from 'node:fs/promises';
import { remark, visible } from '../terminal/terminal.js';
import { UsageError } from './usageError.js';

const NAMED = ['digits', 'fashion-mnist-sample', 'fashion-mnist', 'mnist'] as const;

/** @throws UsageError where `--data` names neither a known set nor a folder. */
export async function checkData(data: string): Promise<void> {
  if (NAMED.some((known) => known === data)) return;
  const info = await stat(data).catch(() => undefined);
  if (!info?.isDirectory())
    throw new UsageError(
      `--data must be one of ${NAMED.join(', ')}, or a folder of images; got "${data}", which is neither`,
    );
}

/** Loads a named set, or a folder of images with one folder a class. */
export async function loadData(
  data: string,
  options: {
    seed: number;
    inputShape: readonly [height: number, width: number, channels: number];
    signal: AbortSignal;
  },
): Promise<Dataset> {
  const { seed, inputShape, signal } = options;
  const name = NAMED.find((known) => known === data);
  if (name !== undefined) {
    return loadDataset(name, { seed, signal, onProgress: announceDownloads() });
  }
  const [height, width, channels] = inputShape;
  const dataset = await imageFolder(data, { size: [height, width], channels: channels as 1 | 3, seed, signal });
  if (dataset.skipped.length > 0)
    remark(
      `passed over ${dataset.skipped.length} files that are not images, the first: ${visible(dataset.skipped[0]!)}`,
    );
  return dataset;
}

/** The three splits of a set, normalised as the set is, in memory. */
export interface Splits {
  train: Batch;
  validation: Batch;
  test: Batch;
  dispose: () => void;
}

/** Makes tensors of a set; the caller disposes of them. */
export function splitsOf(dataset: Dataset): Splits {
  const [train, validation, test] = [
    toBatch(dataset.train, dataset),
    toBatch(dataset.validation, dataset),
    toBatch(dataset.test, dataset),
  ];
  return {
    train,
    validation,
    test,
    dispose: () =>
      [train, validation, test].forEach(({ images, labels }) => [images, labels].forEach((t) => t.dispose())),
  };
}

/** How many images each split has. */
export function countsOf({ train, validation, test }: Dataset): { train: number; validation: number; test: number } {
  return { train: train.labels.length, validation: validation.labels.length, test: test.labels.length };
}

/** Says once for each file that it is being downloaded. */
function announceDownloads(): (progress: DownloadProgress) => void {
  const announced = new Set<string>();
  return ({ file, total }) => {
    if (announced.has(file)) return;
    announced.add(file);
    remark(`downloading ${file} (${(total / 1e6).toFixed(1)} MB)`);
  };
}
