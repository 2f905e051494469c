/**
 * LoRA on a frozen network: what T-CT is compared with.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, inNameOf, options, pick, without } from '@curvature-tuning/checks';
import type { TrainingExamples } from '@curvature-tuning/layers';
import type {
  FitClassifierOptions,
  FittedClassifier,
  LearningRates,
  WeightSelection,
} from '@curvature-tuning/layers/training';
import { headLayer } from '@curvature-tuning/layers/model';
import {
  fitClassifier,
  fitClassifierArguments,
  fitClassifierOptionEntries,
  learningRatesEntries,
} from '@curvature-tuning/layers/training';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { LoraOptions } from './applyLora.js';
import { applyLora, loraOptionEntries } from './applyLora.js';
import type { LoraSite } from './loraSite.js';

/** Options of `tuneLora`. */
export interface TuneLoraOptions
  extends Omit<FitClassifierOptions, 'weights' | 'learningRate' | 'identity'>, Omit<LoraOptions, 'seed'> {
  /**
   * Base learning rates. Default: 1e-3 for A and B (`own`), 1e-3 for the head. The paper has 1e-4 for both, at which
   * LoRA hardly trains.
   */
  learningRate?: LearningRates | undefined;
}

export const tuneLoraArguments: Entries<{
  model: LayersModel;
  train: TrainingExamples;
  validation: TrainingExamples;
  options: TuneLoraOptions;
}> = {
  ...fitClassifierArguments,
  options: options<TuneLoraOptions>({
    ...without(fitClassifierOptionEntries, 'weights', 'learningRate', 'identity'),
    ...without(loraOptionEntries, 'seed'),
    learningRate: options<LearningRates>(learningRatesEntries),
  }),
};

/** What `tuneLora` gives; its history has an entry an epoch. */
export interface TuneLoraResult extends FittedClassifier {
  /** The changed layers. */
  sites: LoraSite[];
}

/**
 * Adapts a pretrained network to other data by training low-rank changes of its kernels and a new head.
 *
 *     const { classifier, parameters } = await tuneLora(model, train, validation, { rank: 1 });
 *
 * Everything else is frozen; batch normalisation adapts its statistics unless told otherwise, as in `tune`. The model
 * is copied and stays as it is.
 *
 * @throws Error as `applyLora` and `fitParameters` do.
 * Source: arXiv 2502.07783, section 4, the LoRA baseline. Departures: each parameter is in the optimiser once (there
 * two to five times); `protocol: 'paper'`, `learningRate: {own: 1e-4, head: 1e-4}` for the rest.
 */
export async function tuneLora(
  model: LayersModel,
  train: TrainingExamples,
  validation: TrainingExamples,
  options: TuneLoraOptions = {},
): Promise<TuneLoraResult> {
  check('tuneLora', tuneLoraArguments, { model, train, validation, options });
  const { learningRate = {}, features, exclude = [] } = options;
  // The head is cut off, and must be what it is to be found.
  const head = features === undefined ? headLayer(model)?.path : undefined;
  const { model: prepared, sites } = applyLora(model, {
    ...pick(loraOptionEntries, options),
    exclude: [exclude, ({ layer }: LoraSite) => layer === head].flat(),
  });
  const own: WeightSelection = {
    name: 'lora',
    learningRate: learningRate.own ?? 1e-3,
    select: ({ name }) => name === 'lora_a' || name === 'lora_b',
  };
  const fitted = await inNameOf('tuneLora', 'fitClassifier', () =>
    fitClassifier(prepared, train, validation, {
      ...pick(fitClassifierOptionEntries, options),
      learningRate: { head: learningRate.head },
      weights: [own],
    }),
  );
  return { ...fitted, sites };
}
