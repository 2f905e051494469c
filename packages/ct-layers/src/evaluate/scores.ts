/**
 * What a classifier says of examples.
 */
import type { Entries, Progress } from '@curvature-tuning/checks';
import { check, count, func, options, secondsLeft, signal } from '@curvature-tuning/checks';
import type { Examples, OutputKind } from '@curvature-tuning/data';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { concat, log, maximum, sub, tidy, zerosLike } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { explainingExhaustion } from '../host/exhaustion.js';
import { extractFeatures } from '../model/features.js';
import { firstNotFinite } from '../host/finite.js';
import { examples, readableExamples } from '../examples/gatherExamples.js';
import { outputKind } from '../model/classifier/outputKind.js';
import { inputOf } from '../model/modelInput.js';
import { layersModel } from '../model/modelKind.js';
import { nonFiniteWeight } from '../model/nonFiniteWeight.js';

/** How a model is run over examples. */
export interface EvaluationOptions {
  /**
   * Images that go through the model at a time. Default: as many as take 256 MiB for the activations of the largest
   * layer, at most 100.
   */
  evaluationBatchSize?: number | undefined;
  /** Stops the run: the promise rejects with the signal's reason, and nothing is leaked. */
  signal?: AbortSignal | undefined;
  /**
   * Hears from the start on how many images went through the model; `phase` is `'evaluate'`. `total` is null while the
   * examples are read.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** The arguments of `accuracy`, `meanCrossEntropy` and `predictedClasses`. */
export interface Evaluation {
  model: LayersModel;
  examples: Examples;
  options: EvaluationOptions;
}

export const scoreArguments: Entries<Evaluation> = {
  model: layersModel,
  examples,
  options: options<EvaluationOptions>({ evaluationBatchSize: count, signal, onProgress: func() }),
};

/**
 * Runs a classifier in inference mode over examples and reduces its logits, `[examples, classes]`, and the labels.
 *
 * Takes classifiers of all kinds, see `OutputKind`; probabilities become logits by their logarithm, and one number z
 * the two logits (0, z). What comes behind the batch axis is flattened.
 *
 * @param caller What to call the examples in errors.
 * @throws RangeError on a label that the model has no class for, and on logits that are NaN.
 */
export async function reduceScores<T>(
  caller: string,
  evaluation: Evaluation,
  reduce: (logits: Tensor2D, labels: Int32Array) => Promise<T>,
): Promise<T> {
  check(caller, scoreArguments, evaluation);
  const { model, examples: given, options } = evaluation;
  const { evaluationBatchSize, signal, onProgress } = options;
  if (model.outputs.length !== 1)
    throw new Error(
      `${caller}: expected a model with one output, "${model.name}" has ${model.outputs.length}; build one ` +
        'from its parts with tf.model',
    );
  const columns = model.outputs[0]!.shape.slice(1).reduce<number>((product, size) => product * (size ?? NaN), 1);
  const classes = columns === 1 ? 2 : columns;
  const report = (done: number, total: number | null, left: number | null): void =>
    onProgress?.({ phase: 'evaluate', done, total, secondsLeft: left });
  report(0, null, null);
  const gathered = await readableExamples(caller, given, inputOf(caller, model), {
    classes: Number.isNaN(classes) ? undefined : classes,
    onImages: () => report(0, null, null),
  });
  const begin = performance.now();
  let done = 0;
  const onImages = (images: number): void => {
    const total = gathered.labels.length;
    done += images;
    report(done, total, secondsLeft((performance.now() - begin) / 1000, done, total));
  };
  try {
    const scores = await explainingExhaustion(caller, () =>
      extractFeatures(model, gathered.images, { batchSize: evaluationBatchSize, signal, onImages }),
    );
    try {
      await checkScores(caller, model, scores);
      const logits = tidy(() => asLogits(scores, outputKind(model)));
      return await reduce(logits, gathered.labels).finally(() => logits.dispose());
    } finally {
      scores.dispose();
    }
  } finally {
    gathered.dispose();
  }
}

function asLogits(scores: Tensor2D, kind: OutputKind): Tensor2D {
  switch (kind) {
    case 'logits':
      return scores.clone();
    case 'probabilities':
      return safeLog(scores);
    case 'one logit':
      return concat([zerosLike(scores), scores], 1);
    case 'one probability':
      return concat([safeLog(sub(1, scores)), safeLog(scores)], 1);
  }
}

/** A probability of 0 has a finite logarithm: times another class's 0 it must stay 0. */
function safeLog(probabilities: Tensor2D): Tensor2D {
  return log(maximum(probabilities, SMALLEST));
}

const SMALLEST = 1e-37;

/** An infinite logit is the extreme of a score; NaN is none. */
async function checkScores(caller: string, model: LayersModel, scores: Tensor2D): Promise<void> {
  const found = await firstNotFinite(scores);
  if (found === undefined || !Number.isNaN(found.value)) return;
  const weight = await nonFiniteWeight(model);
  const cause =
    weight === undefined
      ? 'its weights are finite, so a layer of it overflows'
      : `its weight "${weight}" is not finite`;
  throw new RangeError(
    `${caller}: the model's output for example ${found.example} is NaN, of which no score can be told; ${cause}`,
  );
}
