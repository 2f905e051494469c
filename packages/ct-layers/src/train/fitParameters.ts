/**
 * The training loop: Adam on groups of parameters, a schedule, the best epoch kept, runs that can be taken up again.
 *
 * It knows nothing of curvature; T-CT and the methods it is compared with all run in it.
 */
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  bytes,
  check,
  count,
  func,
  isTensor,
  listOf,
  matching,
  nothing,
  oneOf,
  options,
  seed,
  signal,
  whole,
  withExpectation,
} from '@curvature-tuning/checks';
import { storesFloat16 } from '@curvature-tuning/activation';
import { Digest } from '@curvature-tuning/checks';
import type { Batch } from '@curvature-tuning/datasets';
import type { DataType, Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { argMax, cast, engine, equal, keep, scalar, stack, sum, tidy, valueAndGrads } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { yieldToHost } from '../host/yieldToHost.js';
import type { FitCallbacks } from './callbacks.js';
import { CallbackList, fitCallback } from './callbacks.js';
import type { CheckpointExpectation, RunIdentity } from './checkpoint.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { crossEntropyLoss } from './crossEntropyLoss.js';
import { examplesFingerprint } from '../examples/examplesFingerprint.js';
import { modelKind } from '../model/modelKind.js';
import { oneHotRows } from '../examples/oneHotRows.js';
import { NonFiniteLossError } from './nonFiniteLoss.js';
import type { EpochRecord } from './epochRecord.js';
import { explainingExhaustion } from '../host/exhaustion.js';
import type { ParameterGroup } from './parameterGroup.js';
import { GroupInTraining, parameterGroupEntries } from './parameterGroup.js';
import { Random } from '../examples/random.js';
import type { Schedule } from './schedule.js';
import { paperSchedule } from './schedule.js';
import type { TrainingData, TrainingExamples } from '../examples/trainingData.js';
import { trainingData, trainingExamples } from '../examples/trainingData.js';

/**
 * What the progress callback hears after each step, and once more, with `epochRecord`, after each epoch; `phase` is
 * `'train'`, `done` and `total` count the steps of the run, as far as they are known.
 */
export interface FitProgress extends Progress {
  /** From 0. */
  epoch: number;
  epochs: number;
  /** Steps done in this epoch, and the steps of an epoch where they are known. */
  step: number;
  steps: number | null;
  /** Of the last step. */
  loss: number;
  /** Validation accuracy of the best epoch so far, undefined in the first. */
  best: number | undefined;
  /** After an epoch, not after a step. */
  epochRecord?: EpochRecord | undefined;
}

/** How a run goes. */
export interface FitOptions {
  /** Default 20. */
  epochs?: number | undefined;
  /** Images a step, for examples in memory. Default 32. */
  batchSize?: number | undefined;
  /**
   * Images that are evaluated at a time, for examples in memory. Default 100; where a whole model is fitted, as
   * `linearProbe` has it.
   */
  evaluationBatchSize?: number | undefined;
  /** Seeds the order of the examples and dropout. Default 42. */
  seed?: number | undefined;
  /** Default: the paper's, see `paperSchedule`. */
  schedule?: Schedule | undefined;
  /** Batches an epoch, which the warm-up needs to know of a stream that does not tell. */
  batchesPerEpoch?: number | undefined;
  /** Hears after every step. */
  onProgress?: ((progress: FitProgress) => void) | undefined;
  /**
   * tfjs callbacks: `tf.CustomCallback`, `tf.callbacks.earlyStopping`, tfjs-vis' `show.fitCallbacks`, or plain objects.
   */
  callbacks?: FitCallbacks | undefined;
  /** Gets the state of the run after every epoch, one `.safetensors` file; the run waits for its promise. */
  onCheckpoint?: ((checkpoint: Uint8Array) => void | Promise<void>) | undefined;
  /**
   * A checkpoint of the same run to go on from; the result is that of a run that never stopped. Network, examples in
   * memory and options must be those it was made with, but for `epochs` and what changes no result; of streams nobody
   * holds the contents.
   */
  resume?: Uint8Array | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
}

export const fitOptionEntries: Entries<FitOptions> = {
  epochs: count,
  batchSize: count,
  evaluationBatchSize: count,
  seed,
  schedule: func(),
  batchesPerEpoch: count,
  onProgress: func(),
  callbacks: anyOf(fitCallback, listOf(fitCallback)),
  onCheckpoint: func(),
  resume: bytes,
  signal,
};

/** What the loop trains. */
export interface Trainee {
  /** From images to logits, `[batch, classes]`; gradients are taken of a loss of these. */
  forward: (images: Tensor, training: boolean) => Tensor2D;
  /** Shape of the images, batch axis first. */
  inputShape: Shape;
  /** What the images may be. Default: float32 alone. */
  inputDtypes?: readonly DataType[] | undefined;
  classes: number;
  groups: readonly ParameterGroup[];
  /** What changes beside the parameters and belongs to the best epoch too: moving statistics. */
  state?: readonly Variable[] | undefined;
  /** The trained scalar of a batch. Default: the mean cross-entropy. */
  loss?: ((logits: Tensor2D, oneHotLabels: Tensor2D) => Scalar) | undefined;
  /** Gives dropout its random numbers, at the start of each epoch. */
  useRandom?: ((random: Random) => void) | undefined;
  /** Says where a loss that is not finite comes from. */
  explain?: ((images: Tensor) => Promise<string | undefined>) | undefined;
  /** What else a checkpoint must share with the run that takes it up, by name; asked before training. */
  identity?: (() => Promise<RunIdentity>) | undefined;
  /** What `setModel` of tfjs callbacks gets; `stopTraining` of it ends the run after the epoch. */
  model?: object | undefined;
}

const traineeEntries: Entries<Trainee> = {
  forward: func(),
  inputShape: listOf(anyOf(whole({ min: 0 }), nothing), { min: 1 }) as Schema<Shape>,
  inputDtypes: listOf(oneOf('float32', 'int32', 'bool'), { min: 1 }),
  classes: count,
  groups: listOf(options<ParameterGroup>(parameterGroupEntries, ['name', 'learningRate', 'parameters']), { min: 1 }),
  state: listOf(
    matching((value): value is Variable => isTensor(value) && 'assign' in value, { expects: 'a variable' }),
  ),
  loss: func(),
  useRandom: func(),
  explain: func(),
  identity: func(),
  model: matching((value): value is object => typeof value === 'object' && value !== null, { expects: 'an object' }),
};

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
  /** The epoch with the best validation accuracy, the first on ties. */
  best: EpochRecord;
}

/**
 * Trains parameters by Adam (0.9, 0.999, 1e-8, no weight decay) and keeps the epoch with the best validation accuracy.
 *
 *     const { best } = await fitParameters({ forward, inputShape, classes, groups }, train, validation, { epochs: 5 });
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
  const run = new Run(trainee, trainData, validationData, identity, {
    ...options,
    epochs,
    batchSize,
    evaluationBatchSize,
    seed,
  });
  try {
    return await explainingExhaustion('fitParameters', () => run.go());
  } finally {
    run.dispose();
  }
}

/** Keeps gradients within what halves can tell apart; Adam's steps do not depend on their scale. */
const FLOAT16_GRADIENT_SCALE = 256;

type Settings = FitOptions & { epochs: number; batchSize: number; seed: number };

/** One call of `fitParameters`. */
class Run {
  private readonly trainee: Trainee;
  private readonly train: TrainingData;
  private readonly validation: TrainingData;
  private readonly settings: Settings;
  /** Only where there are checkpoints. */
  private readonly identity: RunIdentity;
  private readonly groups: GroupInTraining[];
  private readonly variables: Variable[];
  private readonly history: EpochRecord[] = [];
  /** The values of the best epoch, by checkpoint name. */
  private best: { index: number; tensors: Record<string, Tensor> } | undefined;
  private lastYield = performance.now();

  constructor(
    trainee: Trainee,
    train: TrainingData,
    validation: TrainingData,
    identity: RunIdentity,
    settings: Settings,
  ) {
    this.identity = identity;
    this.trainee = trainee;
    this.train = train;
    this.validation = validation;
    this.settings = settings;
    const empty = trainee.groups.find(({ parameters }) => parameters.length === 0);
    if (empty !== undefined || trainee.groups.length === 0)
      throw new Error(
        `fitParameters: ${empty ? `the group "${empty.name}" has no parameters` : 'there is nothing to train'}; ` +
          'pass at least one variable',
      );
    this.groups = trainee.groups.map((group) => new GroupInTraining(group));
    this.variables = this.groups.flatMap(({ variables }) => variables);
  }

  async go(): Promise<FitResult> {
    const { epochs, resume, callbacks, seed, signal } = this.settings;
    const list = new CallbackList(callbacks, this.trainee.model, { epochs, steps: this.train.batchesPerEpoch });
    if (resume !== undefined) await this.resume(resume);
    await list.trainBegin();
    let stopped = false;
    for (let epoch = this.history.length; epoch < epochs && !stopped; epoch++) {
      await yieldToHost(signal);
      this.trainee.useRandom?.(Random.ofEpoch(seed, epoch));
      const begin = performance.now();
      await list.epochBegin(epoch);
      const trained = await this.trainEpoch(epoch, list);
      const validated = await this.evaluate(epoch);
      const record: EpochRecord = { epoch, ...trained, ...validated, seconds: (performance.now() - begin) / 1000 };
      this.history.push(record);
      this.keepIfBest(record);
      this.report(epoch, this.train.batchesPerEpoch ?? 0, trained.loss, begin, record);
      await this.checkpoint();
      stopped = await list.epochEnd(record);
    }
    await list.trainEnd();
    this.restoreBest();
    return { history: this.history, best: this.history[this.best!.index]! };
  }

  dispose(): void {
    this.groups.forEach((group) => group.dispose());
    Object.values(this.best?.tensors ?? {}).forEach((t) => t.dispose());
  }

  private async trainEpoch(epoch: number, list: CallbackList): Promise<{ loss: number; accuracy: number }> {
    const { schedule = paperSchedule, batchesPerEpoch = this.train.batchesPerEpoch } = this.settings;
    if (batchesPerEpoch === null)
      throw new Error(
        'fitParameters: train: a stream does not say how long an epoch is, which the warm-up needs; pass ' +
          '{batchesPerEpoch}',
      );
    const begin = performance.now();
    let [step, examples, lossSum, hitSum] = [0, 0, 0, 0];
    for await (const batch of this.train.batches(epoch)) {
      const size = batch.images.shape[0];
      try {
        await list.batchBegin(step, size);
        const { loss, hits } = await this.step(batch, schedule(epoch, step, batchesPerEpoch), epoch, step);
        examples += size;
        lossSum += loss * size;
        hitSum += hits;
        step++;
        await list.batchEnd(step - 1, size, { loss, accuracy: hits / size });
        this.report(epoch, step, loss, begin);
      } finally {
        batch.images.dispose();
        batch.labels.dispose();
      }
      await this.yieldInTime();
    }
    return { loss: lossSum / examples, accuracy: hitSum / examples };
  }

  /** One update; the loss is read before anything is changed. */
  private async step(
    { images, labels }: Batch,
    factor: number,
    epoch: number,
    step: number,
  ): Promise<{ loss: number; hits: number }> {
    const { forward, classes, loss: lossOf = crossEntropyLoss } = this.trainee;
    let logits: Tensor2D | undefined;
    const gradientsOf = valueAndGrads(() => {
      const target = oneHotRows(labels, classes);
      logits = keep(forward(images, true));
      return lossOf(logits, target);
    });
    let result: { value: Tensor; grads: Tensor[] };
    try {
      result = tidy(() =>
        gradientsOf([...this.variables], storesFloat16() ? scalar(FLOAT16_GRADIENT_SCALE) : undefined),
      );
    } catch (error) {
      logits?.dispose();
      abandonTape();
      throw explained(error);
    }
    try {
      const [loss, hits] = await readPair(tidy(() => stack([result.value, countHits(logits!, labels)])));
      if (!Number.isFinite(loss)) {
        const site = await this.trainee.explain?.(images);
        this.restoreBest();
        throw new NonFiniteLossError('fitParameters', {
          split: 'train',
          epoch,
          step,
          loss,
          site,
          history: this.history,
        });
      }
      let next = 0;
      for (const group of this.groups) {
        group.step(result.grads.slice(next, next + group.variables.length), factor);
        next += group.variables.length;
      }
      return { loss, hits };
    } finally {
      logits!.dispose();
      result.value.dispose();
      result.grads.forEach((gradient) => gradient.dispose());
    }
  }

  private async evaluate(epoch: number): Promise<{ validationLoss: number; validationAccuracy: number }> {
    const { forward, classes, loss: lossOf = crossEntropyLoss } = this.trainee;
    let [examples, lossSum, hitSum, step] = [0, 0, 0, 0];
    for await (const { images, labels } of this.validation.batches()) {
      try {
        const size = images.shape[0];
        const [loss, hits] = await readPair(
          tidy(() => {
            const logits = forward(images, false);
            return stack([lossOf(logits, oneHotRows(labels, classes)), countHits(logits, labels)]);
          }),
        );
        if (!Number.isFinite(loss)) {
          const site = await this.trainee.explain?.(images);
          this.restoreBest();
          throw new NonFiniteLossError('fitParameters', {
            split: 'validation',
            epoch,
            step,
            loss,
            site,
            history: this.history,
          });
        }
        examples += size;
        lossSum += loss * size;
        hitSum += hits;
        step++;
      } finally {
        images.dispose();
        labels.dispose();
      }
      await this.yieldInTime();
    }
    return { validationLoss: lossSum / examples, validationAccuracy: hitSum / examples };
  }

  private keepIfBest({ validationAccuracy }: EpochRecord): void {
    if (this.best !== undefined && validationAccuracy <= this.history[this.best.index]!.validationAccuracy) return;
    Object.values(this.best?.tensors ?? {}).forEach((t) => t.dispose());
    this.best = { index: this.history.length - 1, tensors: this.values('best.') };
  }

  private restoreBest(): void {
    if (this.best !== undefined) this.setValues(this.best.tensors, 'best.');
  }

  /** Copies of all parameters and of the state. */
  private values(prefix: string): Record<string, Tensor> {
    const parameters = this.groups.map((group) => [`${prefix}${group.name}`, group.getValues()]);
    const state = (this.trainee.state ?? []).map((variable, i) => [`${prefix}state.${i}`, variable.clone()]);
    return Object.fromEntries([...parameters, ...state]) as Record<string, Tensor>;
  }

  private setValues(tensors: Record<string, Tensor>, prefix: string): void {
    for (const group of this.groups) group.setValues(tensors[`${prefix}${group.name}`] as Tensor1D);
    this.trainee.state?.forEach((variable, i) => variable.assign(tensors[`${prefix}state.${i}`]!));
  }

  private async checkpoint(): Promise<void> {
    const { onCheckpoint } = this.settings;
    if (onCheckpoint === undefined) return;
    const now = this.values('now.');
    const moments = this.groups.map((group) => [group.name, group.getState()] as const);
    for (const [name, { tensors }] of moments) {
      now[`now.${name}`]!.dispose();
      now[`now.${name}`] = tensors['values']!;
      now[`first.${name}`] = tensors['first']!;
      now[`second.${name}`] = tensors['second']!;
    }
    try {
      const steps = Object.fromEntries(moments.map(([name, state]) => [name, state.steps]));
      await onCheckpoint(
        await writeCheckpoint(
          { ...now, ...this.best!.tensors },
          {
            run: this.identity,
            schedule: this.scheduleHash(this.history.length),
            history: this.history,
            best: this.best!.index,
            steps,
          },
        ),
      );
    } finally {
      Object.values(now).forEach((t) => t.dispose());
    }
  }

  private async resume(bytes: Uint8Array): Promise<void> {
    const { tensors, facts } = readCheckpoint(bytes, this.checkpointExpectation());
    try {
      for (const group of this.groups) {
        group.setState({
          tensors: {
            values: tensors[`now.${group.name}`]!,
            first: tensors[`first.${group.name}`]!,
            second: tensors[`second.${group.name}`]!,
          },
          steps: facts.steps[group.name]!,
        });
      }
      this.trainee.state?.forEach((variable, i) => variable.assign(tensors[`now.state.${i}`]!));
      this.history.push(...facts.history);
      this.best = {
        index: facts.best,
        tensors: Object.fromEntries(
          Object.keys(tensors)
            .filter((name) => name.startsWith('best.'))
            .map((name) => [name, tensors[name]!.clone()]),
        ),
      };
    } finally {
      Object.values(tensors).forEach((t) => t.dispose());
    }
    await this.train.skipTo(this.history.length);
  }

  private checkpointExpectation(): CheckpointExpectation {
    return {
      run: this.identity,
      schedule: (epochs) => this.scheduleHash(epochs),
      sizes: this.checkpointSizes(),
      groups: this.groups.map(({ name }) => name),
      batchesPerEpoch: this.train.batchesPerEpoch,
    };
  }

  /** Of the factors of the first epochs: whoever goes on from there may choose what follows. */
  private scheduleHash(epochs: number): string {
    const { schedule = paperSchedule, batchesPerEpoch: steps = this.train.batchesPerEpoch ?? 0 } = this.settings;
    const factors = Array.from({ length: epochs * steps }, (_, i) => schedule(Math.floor(i / steps), i % steps, steps));
    return new Digest().numbers(Float64Array.from(factors)).hex();
  }

  private checkpointSizes(): Map<string, number> {
    const parameters = this.groups.flatMap(({ name, sizes }) =>
      ['now.', 'best.', 'first.', 'second.'].map((prefix) => [prefix + name, sizes.reduce((a, b) => a + b)] as const),
    );
    const state = (this.trainee.state ?? []).flatMap(({ size }, i) =>
      ['now.', 'best.'].map((prefix) => [`${prefix}state.${i}`, size] as const),
    );
    return new Map([...parameters, ...state]);
  }

  private report(epoch: number, step: number, loss: number, epochBegin: number, epochRecord?: EpochRecord): void {
    const { onProgress, epochs, batchesPerEpoch: steps = this.train.batchesPerEpoch } = this.settings;
    if (onProgress === undefined) return;
    const spent = (performance.now() - epochBegin) / 1000;
    const perEpoch = epochRecord?.seconds ?? (steps === null || step === 0 ? null : (spent / step) * steps);
    const left = perEpoch === null ? null : Math.max(0, perEpoch * (epochs - epoch) - spent);
    const best = this.best === undefined ? undefined : this.history[this.best.index]!.validationAccuracy;
    onProgress({
      phase: 'train',
      done: epoch * (steps ?? 0) + step,
      total: steps === null ? null : epochs * steps,
      secondsLeft: left,
      epoch,
      epochs,
      step,
      steps,
      loss,
      best,
      epochRecord,
    });
  }

  /** Gives timers, signals and the page their turn, some thirty times a second. */
  private async yieldInTime(): Promise<void> {
    this.settings.signal?.throwIfAborted();
    if (performance.now() - this.lastYield < 30) return;
    await yieldToHost(this.settings.signal);
    this.lastYield = performance.now();
  }
}

/** What tells a run from others: examples, rates, what is trained, and what the trainee says of itself. */
async function identityOf(
  trainee: Trainee,
  train: TrainingExamples,
  validation: TrainingExamples,
  { onCheckpoint, resume, seed, batchSize }: FitOptions & { seed: number; batchSize: number },
): Promise<RunIdentity> {
  if (onCheckpoint === undefined && resume === undefined) return {};
  const groups = trainee.groups.flatMap(({ name, learningRate, parameters }) => [
    [`learning rate of ${name}`, learningRate],
    [`sizes of ${name}`, parameters.map((parameter) => [parameter].flat()[0]?.size).join(' ')],
  ]);
  return {
    seed,
    batchSize,
    classes: trainee.classes,
    'training examples': (await examplesFingerprint(train)) ?? 'a stream',
    'validation examples': (await examplesFingerprint(validation)) ?? 'a stream',
    loss: trainee.loss === undefined ? 'cross-entropy' : 'custom',
    ...(Object.fromEntries(groups) as RunIdentity),
    ...(await trainee.identity?.()),
  };
}

/** Frees what tfjs had kept for a gradient that will not be taken: after an error in the forward pass it forgets to. */
function abandonTape(): void {
  const { state } = engine();
  if (state.gradientDepth > 0) return;
  state.activeTape?.forEach(({ saved }) => saved?.forEach((t) => t.dispose()));
  state.activeTape = [];
}

/** The number of rows whose largest entry is at the label, a scalar. */
function countHits(logits: Tensor2D, labels: Tensor1D): Scalar {
  return sum(cast(equal(argMax(logits, 1), labels), 'float32'));
}

/** Reads two numbers and disposes of them. */
async function readPair(pair: Tensor): Promise<[number, number]> {
  try {
    return (await pair.data()) as unknown as [number, number];
  } finally {
    pair.dispose();
  }
}

/** Adds the cure to tfjs's complaint about a gradient kernel that the backend lacks. */
function explained(error: unknown): unknown {
  const match = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(error instanceof Error ? error.message : '');
  if (match === null) return error;
  const cure =
    match[2] === 'wasm'
      ? `import '@curvature-tuning/wasm-gradients' first, which has it`
      : 'train on another backend (tf.setBackend)';
  return new Error(
    `fitParameters: the backend "${match[2]}" lacks the kernel ${match[1]}, which a gradient of this model needs; ` +
      cure,
    { cause: error },
  );
}
