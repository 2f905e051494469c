/**
 * What a run does with one batch: a step of training, or its part of an evaluation.
 */
import { storesFloat16 } from '@curvature-tuning/activation';
import type { Batch } from '@curvature-tuning/data';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import {
  add,
  argMax,
  cast,
  engine,
  equal,
  keep,
  mul,
  scalar,
  slice,
  stack,
  sum,
  tidy,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import { oneHotRows } from '../../examples/oneHotRows.js';
import { freeInBackward } from '../../host/frugalBackward.js';
import { isRecording } from '../../host/recording.js';
import { crossEntropyLoss, scoredCrossEntropy } from '../../head/crossEntropyLoss.js';
import type { GroupInTraining } from '../parameterGroup.js';
import { withKernelCure } from './missingKernel.js';
import type { Trainee } from './trainee.js';

/** Keeps gradients within what halves can tell apart; Adam's steps do not depend on their scale. */
const FLOAT16_GRADIENT_SCALE = 256;

/** The mean loss of a batch, and the number of images whose class is right. */
export interface BatchScore {
  loss: number;
  hits: number;
}

/** What a step updates, and how far. */
export interface StepSettings {
  groups: readonly GroupInTraining[];
  /** Of the schedule. */
  factor: number;
  /** How many images go through at a time; the loss is the mean of theirs. Default: the batch. */
  microBatchSize?: number | undefined;
}

/** One update of all groups, unless the loss is not finite: it is read before anything is changed. */
export async function trainStep(
  trainee: Trainee,
  { images, labels }: Batch,
  { groups, factor, microBatchSize = images.shape[0] }: StepSettings,
): Promise<BatchScore> {
  const leaves = groups.map((group) => group.leaves());
  const count = images.shape[0];
  const sums: BatchScore = { loss: 0, hits: 0 };
  let total: Tensor[] = [];
  try {
    for (let start = 0; start < count; start += microBatchSize) {
      const size = Math.min(microBatchSize, count - start);
      const isWhole = size === count;
      const part: Batch = isWhole
        ? { images, labels }
        : { images: slice(images, start, size), labels: slice(labels, start, size) };
      try {
        const { loss, hits, gradients } = await gradientsOf(trainee, leaves.flat(), part);
        const before = total;
        total = isWhole ? gradients : added(before, gradients, size / count);
        if (!isWhole) [...before, ...gradients].forEach((t) => t.dispose());
        sums.loss += (loss * size) / count;
        sums.hits += hits;
        if (!Number.isFinite(loss)) return { loss, hits: sums.hits };
      } finally {
        if (!isWhole) [part.images, part.labels].forEach((t) => t.dispose());
      }
    }
    let next = 0;
    groups.forEach((group, i) => {
      const end = next + leaves[i]!.length;
      group.step(total.slice(next, end), factor);
      next = end;
    });
    return sums;
  } finally {
    total.forEach((gradient) => gradient.dispose());
  }
}

/** The sums so far, and one part more. */
function added(sums: readonly Tensor[], part: readonly Tensor[], weight: number): Tensor[] {
  return tidy(() =>
    part.map((gradient, i) => (sums.length === 0 ? mul(gradient, weight) : add(sums[i]!, mul(gradient, weight)))),
  );
}

/** The loss of some images and its gradients, which the caller disposes of. */
async function gradientsOf(
  { forward, classes, loss: lossOf, afterForward }: Trainee,
  leaves: Tensor[],
  { images, labels }: Batch,
): Promise<BatchScore & { gradients: Tensor[] }> {
  let logits: Tensor2D | undefined;
  let scores: Tensor1D | undefined;
  const valueAndGradients = valueAndGrads(() => {
    logits = keep(forward(images, true));
    const scored = lossOf === undefined ? scoredCrossEntropy(logits, labels) : undefined;
    scores = scored?.scores;
    const loss = scored?.loss ?? (lossOf ?? crossEntropyLoss)(logits, oneHotRows(labels, classes));
    freeInBackward();
    return loss;
  });
  let result: { value: Tensor; grads: Tensor[] };
  try {
    result = tidy(() => valueAndGradients(leaves, storesFloat16() ? scalar(FLOAT16_GRADIENT_SCALE) : undefined));
  } catch (error) {
    logits?.dispose();
    scores?.dispose();
    abandonTape();
    afterForward?.(true);
    throw withKernelCure(error);
  }
  try {
    afterForward?.(false);
    const score = await readScore(scores ?? tidy(() => stack([result.value, countHits(logits!, labels)])));
    return { ...score, gradients: result.grads };
  } catch (error) {
    result.grads.forEach((gradient) => gradient.dispose());
    throw error;
  } finally {
    logits!.dispose();
    result.value.dispose();
  }
}

/** The score of a batch in inference mode. */
export function scoreBatch(
  { forward, classes, loss: lossOf }: Trainee,
  { images, labels }: Batch,
): Promise<BatchScore> {
  return readScore(
    tidy(() => {
      const logits = forward(images, false);
      const scored = lossOf === undefined ? scoredCrossEntropy(logits, labels) : undefined;
      if (scored !== undefined) return scored.scores;
      const loss = (lossOf ?? crossEntropyLoss)(logits, oneHotRows(labels, classes));
      return stack([loss, countHits(logits, labels)]);
    }),
  );
}

/** Frees what tfjs had kept for a gradient that will not be taken: after an error in the forward pass it forgets to. */
export function abandonTape(): void {
  if (isRecording()) return;
  const { state } = engine();
  state.activeTape?.forEach(({ saved }) => saved?.forEach((t) => t.dispose()));
  state.activeTape = [];
}

/** The number of rows whose largest entry is at the label, a scalar. */
function countHits(logits: Tensor2D, labels: Tensor1D): Scalar {
  return sum(cast(equal(argMax(logits, 1), labels), 'float32'));
}

/** Reads two numbers and disposes of them. */
async function readScore(pair: Tensor): Promise<BatchScore> {
  try {
    const [loss, hits] = await pair.data<'float32'>();
    return { loss: loss!, hits: hits! };
  } finally {
    pair.dispose();
  }
}
