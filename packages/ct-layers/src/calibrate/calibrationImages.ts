/**
 * The images that a training run calibrates on, epoch after epoch: a few thousand of its training images.
 */
import { isDataSet, isInMemory } from '@curvature-tuning/data';
import type { Tensor } from '@tensorflow/tfjs-core';
import { concat, slice } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Random } from '../examples/random.js';
import type { TrainingData, TrainingExamples } from '../examples/trainingData.js';
import { isTfDataset } from '../examples/trainingData.js';
import type { ImageBatches } from './populationStatistics.js';
import { calibrationBatch, shuffledBatches } from './populationStatistics.js';

/** Statistics of so many images are good to a percent or two; more cost time in every epoch. */
const MOST_IMAGES = 4096;
/** Of a stream, which cannot be read again without disturbing its order, so much is kept: 256 MiB. */
const MOST_BYTES = 2 ** 28;

/** Images to estimate statistics from, as often as need be. */
export interface CalibrationImages {
  /** The same images, in the same batches, every time. */
  batches(): ImageBatches;
  dispose(): void;
}

/**
 * Chooses calibration images by a seed: of examples in memory and of data sets without copying them, of a stream, whose
 * images are read through `data`, the first ones.
 */
export async function calibrationImages(
  model: LayersModel,
  train: TrainingExamples,
  data: TrainingData,
  seed: number,
): Promise<CalibrationImages> {
  if (!isTfDataset(train)) {
    if (isInMemory(train)) {
      const size = calibrationBatch(model, [train.images]);
      return { batches: () => shuffledBatches([train.images], size, seed, MOST_IMAGES), dispose: () => undefined };
    }
    if (isDataSet(train)) {
      const chosen = train.subset(new Random(seed).permutation(train.length).slice(0, MOST_IMAGES));
      return {
        batches: () => imagesOf(chosen.batches(calibrationBatch(model, model.inputs))),
        dispose: () => undefined,
      };
    }
  }
  const images = await firstImages(data);
  const size = calibrationBatch(model, [images]);
  return { batches: () => shuffledBatches([images], size, seed), dispose: () => images.dispose() };
}

async function* imagesOf(batches: AsyncIterable<{ images: Tensor; labels: Tensor }>): AsyncGenerator<Tensor[]> {
  for await (const { images, labels } of batches) {
    labels.dispose();
    yield [images];
  }
}

async function firstImages(data: TrainingData): Promise<Tensor> {
  const kept: Tensor[] = [];
  let count = 0;
  try {
    for await (const { images, labels } of data.batches()) {
      labels.dispose();
      const [size, ...shape] = images.shape as [number, ...number[]];
      const bytes = 4 * shape.reduce((a, b) => a * b, 1);
      const most = Math.max(2, Math.min(MOST_IMAGES, Math.floor(MOST_BYTES / bytes)));
      kept.push(count + size > most ? slice(images, 0, most - count) : images.clone());
      images.dispose();
      count += size;
      if (count >= most) break;
    }
    return concat(kept);
  } finally {
    kept.forEach((part) => part.dispose());
  }
}
