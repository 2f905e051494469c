/**
 * The training loop: Adam on groups of parameters, a schedule, the best epoch kept, runs that can be taken up again.
 *
 * It knows nothing of curvature; T-CT and the methods it is compared with all run in it.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, options, withExpectation } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Random } from '../examples/random.js';
import type { TrainingData, TrainingExamples } from '../examples/trainingData.js';
import { trainingData, trainingExamples } from '../examples/trainingData.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import { yieldToHost } from '../host/yieldToHost.js';
import { validatesBetter } from '../model/adapted.js';
import { modelKind } from '../model/modelKind.js';
import { CallbackList } from './callbacks.js';
import type { CheckpointExpectation, RunIdentity } from './checkpoint.js';
import type { EpochRecord } from './epochRecord.js';
import type { NonFiniteLoss } from './nonFiniteLoss.js';
import { NonFiniteLossError } from './nonFiniteLoss.js';
import { GroupInTraining } from './parameterGroup.js';
import type { FitOptions } from './run/fitOptions.js';
import { fitOptionEntries } from './run/fitOptions.js';
import { FitReporter } from './run/progress.js';
import { identityOf, scheduleHash } from './run/runIdentity.js';
import type { Changing, IsBetter, Standing } from './run/snapshot.js';
import { afterEpoch, checkpointOf, checkpointSizes, disposeStanding, restoreBest, resumeFrom } from './run/snapshot.js';
import type { Trainee } from './run/trainee.js';
import { traineeEntries } from './run/trainee.js';
import { scoreBatch, trainStep } from './run/trainStep.js';
import { paperSchedule } from '../head/schedule.js';

export const fitParametersArguments: Entries<{
  trainee: Trainee;
  train: TrainingExamples;
  validation: TrainingExamples;
  options: FitOptions;
}> = {
  trainee: withExpectation(options<Trainee>(traineeEntries, ['forward', 'inputShape', 'classes', 'groups']), {
    expects: 'an object with forward, inputShape, classes and groups',
    got: (value) => `${modelKind(value).what}; for a LayersModel use fitClassifier`,
  }),
  train: trainingExamples,
  validation: trainingExamples,
  options: options<FitOptions>(fitOptionEntries),
};

/** What became of a run; the variables hold the values of the best epoch. */
export interface FitResult {
  history: EpochRecord[];
  /** The epoch with the best validation accuracy; on ties see `protocol`. */
  best: EpochRecord;
}

/**
 * Trains parameters by Adam (0.9, 0.999, 1e-8, no weight decay) and keeps the epoch with the best validation accuracy.
 *
 *     const { best } = await fitParameters({ forward, inputShape, classes, groups }, train, validation, { epochs: 5
 *     });
 *
 * Validation runs after each epoch in inference mode. The run is deterministic: same seed, same numbers, on one
 * backend.
 *
 * @throws NonFiniteLossError when a loss is not finite.
 * @throws Error on examples that do not fit, on a checkpoint of another run, and where the backend lacks a gradient.
 * Source: arXiv 2502.07783, section 4; the authors' `transfer`, with each parameter once in the optimiser.
 */
export async function fitParameters(
  trainee: Trainee,
  train: TrainingExamples,
  validation: TrainingExamples,
  options: FitOptions = {},
): Promise<FitResult> {
  check('fitParameters', fitParametersArguments, { trainee, train, validation, options });
  const { epochs = 20, batchSize = 32, evaluationBatchSize = 100, seed = 42 } = options;
  const input = { shape: trainee.inputShape, dtypes: trainee.inputDtypes ?? ['float32'] };
  const { classes } = trainee;
  const trainData = await trainingData('fitParameters: train', train, input, { batchSize, seed, classes });
  const validationData = await trainingData('fitParameters: validation', validation, input, {
    batchSize: evaluationBatchSize,
    seed,
    classes,
  });
  const identity = await identityOf(trainee, train, validation, { ...options, batchSize, seed });
  const settings = { ...options, epochs, batchSize, seed };
  const changing = { groups: groupsInTraining(trainee), state: trainee.state ?? [] };
  const run = { trainee, train: trainData, validation: validationData, settings, identity, changing };
  try {
    return await explainingExhaustion('fitParameters', () => fit(run));
  } finally {
    changing.groups.forEach((group) => group.dispose());
  }
}

/** One call of `fitParameters`. */
interface Run {
  trainee: Trainee;
  train: TrainingData;
  validation: TrainingData;
  settings: FitOptions & { epochs: number; batchSize: number; seed: number };
  /** Only where there are checkpoints. */
  identity: RunIdentity;
  changing: Changing;
}

function groupsInTraining({ groups, bindings }: Trainee): GroupInTraining[] {
  const empty = groups.find(({ parameters }) => parameters.length === 0);
  if (empty !== undefined || groups.length === 0)
    throw new Error(
      `fitParameters: ${empty ? `the group "${empty.name}" has no parameters` : 'there is nothing to train'}; ` +
        'pass at least one variable',
    );
  return groups.map((group) => new GroupInTraining(group, bindings));
}

async function fit(run: Run): Promise<FitResult> {
  const { trainee, train, changing, settings } = run;
  const { epochs, resume, callbacks, seed, signal } = settings;
  const list = new CallbackList(callbacks, trainee.model, { epochs, steps: train.batchesPerEpoch });
  const pause = pauses(signal);
  let standing: Standing = { history: [], best: undefined };
  try {
    if (resume !== undefined) {
      standing = resumeFrom(resume, changing, checkpointExpectation(run));
      await train.skipTo(standing.history.length);
    }
    const { onProgress, batchesPerEpoch: steps = train.batchesPerEpoch } = settings;
    const reporter = new FitReporter({ epochs, steps, resumed: standing.history.length, onProgress });
    await list.trainBegin();
    let stopped = false;
    for (let epoch = standing.history.length; epoch < epochs && !stopped; epoch++) {
      await yieldToHost(signal);
      trainee.useRandom?.(Random.ofEpoch(seed, epoch));
      const begin = performance.now();
      reporter.epochBegin(standing, epoch);
      await list.epochBegin(epoch);
      const trained = await trainEpoch(run, standing, epoch, { list, pause, reporter });
      settle(run);
      await trainee.settle?.();
      const validated = await evaluate(run, standing, epoch, { pause, reporter });
      const record: EpochRecord = { epoch, ...trained, ...validated, seconds: (performance.now() - begin) / 1000 };
      standing = afterEpoch(changing, standing, record, betterOf(settings.protocol));
      reporter.epochDone(standing, record);
      await saveCheckpoint(run, standing);
      stopped = await list.epochEnd(record);
    }
    reporter.end(standing);
    await list.trainEnd();
    restoreBest(changing, standing);
    return { history: standing.history, best: standing.history[standing.best!.index]! };
  } catch (error) {
    settle(run);
    if (error instanceof NonFiniteLossError) restoreBest(changing, standing);
    throw error;
  } finally {
    disposeStanding(standing);
  }
}

/** Who gets a turn between batches, and hears of them. */
interface Attendants {
  pause: () => Promise<void>;
  reporter: FitReporter;
}

async function trainEpoch(
  run: Run,
  standing: Standing,
  epoch: number,
  { list, pause, reporter }: Attendants & { list: CallbackList },
): Promise<{ loss: number; accuracy: number }> {
  const { trainee, train, changing, settings } = run;
  const { schedule = paperSchedule, batchesPerEpoch = train.batchesPerEpoch } = settings;
  if (batchesPerEpoch === null)
    throw new Error(
      'fitParameters: train: a stream does not say how long an epoch is, which the warm-up needs; pass ' +
        '{batchesPerEpoch}',
    );
  let [step, examples, lossSum, hitSum] = [0, 0, 0, 0];
  for await (const batch of train.batches(epoch)) {
    const size = batch.images.shape[0];
    try {
      await list.batchBegin(step, size);
      const { loss, hits } = await trainStep(trainee, batch, {
        groups: changing.groups,
        factor: schedule(epoch, step, batchesPerEpoch),
        microBatchSize: settings.microBatchSize,
      });
      if (list.seesModelBetweenBatches || !Number.isFinite(loss)) settle(run);
      await checkLoss(trainee, batch.images, { split: 'train', epoch, step, loss, history: standing.history });
      examples += size;
      lossSum += loss * size;
      hitSum += hits;
      step++;
      await list.batchEnd(step - 1, size, { loss, accuracy: hits / size });
      reporter.stepDone(standing, loss);
    } finally {
      batch.images.dispose();
      batch.labels.dispose();
    }
    await pause();
  }
  return { loss: lossSum / examples, accuracy: hitSum / examples };
}

function settle({ trainee, changing }: Run): void {
  changing.groups.forEach((group) => group.settle());
  trainee.catchUp?.();
}

async function evaluate(
  { trainee, validation }: Run,
  standing: Standing,
  epoch: number,
  { pause, reporter }: Attendants,
): Promise<{ validationLoss: number; validationAccuracy: number }> {
  let [examples, lossSum, hitSum, step] = [0, 0, 0, 0];
  for await (const batch of validation.batches()) {
    try {
      const size = batch.images.shape[0];
      const { loss, hits } = await scoreBatch(trainee, batch);
      await checkLoss(trainee, batch.images, { split: 'validation', epoch, step, loss, history: standing.history });
      examples += size;
      lossSum += loss * size;
      hitSum += hits;
      step++;
      reporter.beat(standing);
    } finally {
      batch.images.dispose();
      batch.labels.dispose();
    }
    await pause();
  }
  return { validationLoss: lossSum / examples, validationAccuracy: hitSum / examples };
}

async function checkLoss(trainee: Trainee, images: Tensor, found: Omit<NonFiniteLoss, 'site'>): Promise<void> {
  if (Number.isFinite(found.loss)) return;
  throw new NonFiniteLossError('fitParameters', { ...found, site: await trainee.explain?.(images) });
}

async function saveCheckpoint(run: Run, standing: Standing): Promise<void> {
  const { onCheckpoint } = run.settings;
  if (onCheckpoint === undefined) return;
  const facts = { run: run.identity, schedule: hashOfSchedule(run, standing.history.length) };
  await onCheckpoint(await checkpointOf(run.changing, standing, facts));
}

function checkpointExpectation(run: Run): CheckpointExpectation {
  return {
    run: run.identity,
    schedule: (epochs) => hashOfSchedule(run, epochs),
    sizes: checkpointSizes(run.changing),
    groups: run.changing.groups.map(({ name }) => name),
    batchesPerEpoch: run.train.batchesPerEpoch,
    isBetter: betterOf(run.settings.protocol),
  };
}

function betterOf(protocol: FitOptions['protocol']): IsBetter {
  return protocol === 'paper' ? (a, b) => a.validationAccuracy > b.validationAccuracy : validatesBetter;
}

function hashOfSchedule({ train, settings }: Run, epochs: number): string {
  const { schedule = paperSchedule, batchesPerEpoch: steps = train.batchesPerEpoch ?? 0 } = settings;
  return scheduleHash(schedule, epochs, steps);
}

/** Gives timers, signals and the page their turn, some thirty times a second. */
function pauses(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < 30) return;
    await yieldToHost(signal);
    last = performance.now();
  };
}
