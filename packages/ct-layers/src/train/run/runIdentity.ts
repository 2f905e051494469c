/**
 * What tells a run from others, so that a checkpoint is taken up by the run that it was made in alone.
 */
import { Digest } from '@curvature-tuning/checks';
import { examplesFingerprint } from '../../examples/examplesFingerprint.js';
import type { TrainingExamples } from '../../examples/trainingData.js';
import type { RunIdentity } from '../checkpoint.js';
import type { Schedule } from '../../head/schedule.js';
import type { FitOptions } from './fitOptions.js';
import type { Trainee } from './trainee.js';

/** What tells a run from others: examples, rates, what is trained, and what the trainee says of itself. */
export async function identityOf(
  trainee: Trainee,
  train: TrainingExamples,
  validation: TrainingExamples,
  {
    onCheckpoint,
    resume,
    protocol = 'strict',
    seed,
    batchSize,
    microBatchSize = batchSize,
  }: FitOptions & { seed: number; batchSize: number },
): Promise<RunIdentity> {
  if (onCheckpoint === undefined && resume === undefined) return {};
  const groups = trainee.groups.flatMap(({ name, learningRate, parameters }) => [
    [`learning rate of ${name}`, learningRate],
    [`sizes of ${name}`, parameters.map((parameter) => [parameter].flat()[0]?.size).join(' ')],
  ]);
  return {
    protocol,
    seed,
    batchSize,
    microBatchSize: Math.min(microBatchSize, batchSize),
    classes: trainee.classes,
    'training examples': (await examplesFingerprint(train)) ?? 'a stream',
    'validation examples': (await examplesFingerprint(validation)) ?? 'a stream',
    loss: trainee.loss === undefined ? 'cross-entropy' : 'custom',
    ...(Object.fromEntries(groups) as RunIdentity),
    ...(await trainee.identity?.()),
  };
}

/** A hash of the factors of the first epochs: whoever goes on from there may choose what follows. */
export function scheduleHash(schedule: Schedule, epochs: number, steps: number): string {
  const factors = Array.from({ length: epochs * steps }, (_, i) => schedule(Math.floor(i / steps), i % steps, steps));
  return new Digest().numbers(Float64Array.from(factors)).hex();
}
