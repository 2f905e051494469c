/**
 * All images of a set that something may be learnt from.
 */
import { dataSet } from '@curvature-tuning/data';
import type { DataSet } from '@curvature-tuning/data';
import type { OpenedDataset } from '@curvature-tuning/datasets/node';

/**
 * The images to train with, those drawn from them for validation among them. Reading them ends with the reason of
 * `signal`.
 */
export function trainingImages(
  { train, validation, ownSplits }: Pick<OpenedDataset, 'train' | 'validation' | 'ownSplits'>,
  signal: AbortSignal,
): DataSet {
  const parts = ownSplits.includes('validation') ? [train] : [train, validation];
  const images = parts.flatMap((set) => Array.from(set.labels, (label, index) => ({ set, label, index })));
  return dataSet({
    labels: images.map(({ label }) => label),
    classes: train.classes,
    read: async (position) => {
      signal.throwIfAborted();
      const { set, index } = images[position]!;
      return (await set.example(index)).pixels;
    },
  });
}
