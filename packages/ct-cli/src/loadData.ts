/**
 * The data set that `--data` names, in the form that a network takes.
 */
import type { Dataset } from '@curvature-tuning/datasets';
import { imageFolder, loadDataset } from '@curvature-tuning/datasets/node';
import { stat } from 'node:fs/promises';
import { UsageError } from './usageError.js';

const named = ['digits', 'fashion-mnist-sample', 'fashion-mnist', 'mnist'] as const;

/** Loads a named set, or a folder of images with one folder a class. */
export async function loadData(
  data: string,
  options: { seed: number; inputShape: readonly [height: number, width: number, channels: number]; signal: AbortSignal },
): Promise<Dataset> {
  const { seed, inputShape, signal } = options;
  const name = named.find((known) => known === data);
  if (name !== undefined) {
    return loadDataset(name, { seed, signal, onProgress: announceDownloads() });
  }
  const info = await stat(data).catch(() => undefined);
  if (!info?.isDirectory()) throw new UsageError(`--data must be one of ${named.join(', ')}, or a folder of images; got "${data}", which is neither`);
  const [height, width, channels] = inputShape;
  const dataset = await imageFolder(data, { size: [height, width], channels: channels as 1 | 3, seed });
  if (dataset.skipped.length > 0) console.error(`passed over ${dataset.skipped.length} files that are not images, the first: ${dataset.skipped[0]}`);
  return dataset;
}

/** Says once for each file that it is being downloaded. */
function announceDownloads(): (progress: { file: string; total: number }) => void {
  const announced = new Set<string>();
  return ({ file, total }) => {
    if (announced.has(file)) return;
    announced.add(file);
    console.error(`downloading ${file} (${(total / 1e6).toFixed(1)} MB)`);
  };
}
