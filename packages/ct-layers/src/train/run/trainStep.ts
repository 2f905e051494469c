/**
 * What a run does with one batch: a step of training, or its part of an evaluation.
 */
import { storesFloat16 } from '@curvature-tuning/activation';
import type { Batch } from '@curvature-tuning/data';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { argMax, cast, engine, equal, keep, scalar, stack, sum, tidy, valueAndGrads } from '@tensorflow/tfjs-core';
import { oneHotRows } from '../../examples/oneHotRows.js';
import { crossEntropyLoss } from '../crossEntropyLoss.js';
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

/**
 * One update of all groups, unless the loss is not finite: it is read before anything is changed.
 *
 * @param factor Of the schedule.
 */
export async function trainStep(
  { forward, classes, loss: lossOf = crossEntropyLoss }: Trainee,
  groups: readonly GroupInTraining[],
  { images, labels }: Batch,
  factor: number,
): Promise<BatchScore> {
  let logits: Tensor2D | undefined;
  const gradientsOf = valueAndGrads(() => {
    const target = oneHotRows(labels, classes);
    logits = keep(forward(images, true));
    return lossOf(logits, target);
  });
  let result: { value: Tensor; grads: Tensor[] };
  try {
    const variables = groups.flatMap((group) => group.variables);
    result = tidy(() => gradientsOf(variables, storesFloat16() ? scalar(FLOAT16_GRADIENT_SCALE) : undefined));
  } catch (error) {
    logits?.dispose();
    abandonTape();
    throw withKernelCure(error);
  }
  try {
    const score = await readScore(tidy(() => stack([result.value, countHits(logits!, labels)])));
    if (!Number.isFinite(score.loss)) return score;
    let next = 0;
    for (const group of groups) {
      group.step(result.grads.slice(next, next + group.variables.length), factor);
      next += group.variables.length;
    }
    return score;
  } finally {
    logits!.dispose();
    result.value.dispose();
    result.grads.forEach((gradient) => gradient.dispose());
  }
}

/** The score of a batch in inference mode. */
export function scoreBatch(
  { forward, classes, loss: lossOf = crossEntropyLoss }: Trainee,
  { images, labels }: Batch,
): Promise<BatchScore> {
  return readScore(
    tidy(() => {
      const logits = forward(images, false);
      return stack([lossOf(logits, oneHotRows(labels, classes)), countHits(logits, labels)]);
    }),
  );
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
async function readScore(pair: Tensor): Promise<BatchScore> {
  try {
    const [loss, hits] = await pair.data<'float32'>();
    return { loss: loss!, hits: hits! };
  } finally {
    pair.dispose();
  }
}
