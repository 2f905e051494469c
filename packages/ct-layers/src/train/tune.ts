/**
 * T-CT: trainable curvature, one (beta, c) per channel of every activation, on a frozen network.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  check,
  func,
  inNameOf,
  listOf,
  oneOf,
  options,
  pick,
  without,
  withExpectation,
} from '@curvature-tuning/checks';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { ActivationSite } from '../unit/activationSite.js';
import type { RunIdentity } from './checkpoint.js';
import type { CurvatureWeight } from '../unit/ctActivation.js';
import { curvatureLayers } from '../model/curvatureLayers.js';
import type { FitClassifierOptions, FittedClassifier, ModelWeight, WeightSelection } from './fitClassifier.js';
import { fitClassifier, fitClassifierOptionEntries } from './fitClassifier.js';
import { layersModel } from '../model/modelKind.js';
import { discard } from '../copy/ownership.js';
import type { LearningRates } from '../head/learningRates.js';
import { learningRate, learningRatesEntries } from '../head/learningRates.js';
import type { AskedCurvature } from '../unit/activationKind.js';
import { trainingStartOf } from '../unit/activationKind.js';
import { isEnd } from '../unit/rawValue.js';
import { callingModels } from '../copy/rebuild.js';
import { rethrow } from '../host/rethrow.js';
import type { Sharing } from '../unit/sharing.js';
import { groupOf } from '../unit/sharing.js';
import { sitesOf } from '../model/sitesOf.js';
import type { ReplaceActivationsOptions } from '../surgery/replaceActivations.js';
import { replaceActivationsOptionEntries } from '../surgery/replaceActivations.js';
import { unitsInto } from '../surgery/unitsInto.js';
import type { TrainingExamples } from '../examples/trainingData.js';
import { trainingExamples } from '../examples/trainingData.js';

/**
 * What may train beside (beta, c) and the head: scale and shift of the normalisation layers (`'norm'`), a leak for each
 * channel of each activation (`'slope'`), scale and shift before each activation (`'affine'`), or whatever weights a
 * predicate chooses.
 */
export type AlsoTrain = 'norm' | 'slope' | 'affine' | ((weight: ModelWeight) => boolean);

/** Base learning rates of `tune`: `own`, of the raw (beta, c), by default 0.1; `head`, by default 1e-3. */
export interface TuneLearningRates extends LearningRates {
  /** Of what `alsoTrain` adds. Default 1e-2. */
  also?: number | undefined;
}

/** Which activations T-CT replaces, what it trains beside them, and how. */
export interface TuneOptions
  extends
    Omit<FitClassifierOptions, 'weights' | 'learningRate' | 'identity' | 'depart'>,
    Pick<ReplaceActivationsOptions, 'include' | 'exclude' | 'kinds' | 'depth' | 'calls'> {
  /**
   * Curvature that every unit starts with, in (0, 1). Default by kind, as the authors have it: sigmoid(1.386) =
   * 0.79998, of a SiLU 0.5, of a GELU sigmoid(0.5767) = 0.64031.
   */
  beta?: number | undefined;
  /** Mixing coefficient that every unit starts with, in (0, 1). Default 0.5, of SiLU and GELU sigmoid(10) = 0.99995. */
  coeff?: number | undefined;
  /** How far one (beta, c) reaches. Default `'channel'`: one for each channel of each activation layer. */
  sharing?: Sharing | undefined;
  /**
   * `'frozen'` keeps (beta, c) as they are, for controls: the network keeps its own activations, unless `beta` and
   * `coeff` give it others. Default `'trained'`.
   */
  curvature?: 'trained' | 'frozen' | undefined;
  /** What trains beside (beta, c) and the head. Default: nothing, as in the paper. */
  alsoTrain?: AlsoTrain | readonly AlsoTrain[] | undefined;
  learningRate?: TuneLearningRates | undefined;
  /** `'paper'` reproduces quirks of the reference: see `replaceActivations`. Default `'strict'`. */
  protocol?: 'strict' | 'paper' | undefined;
}

const alsoTrain: Schema<AlsoTrain> = anyOf(oneOf('norm', 'slope', 'affine'), func<(weight: ModelWeight) => boolean>());

export const tuneArguments: Entries<{
  model: LayersModel;
  train: TrainingExamples;
  validation: TrainingExamples;
  options: TuneOptions;
}> = {
  model: layersModel,
  train: trainingExamples,
  validation: trainingExamples,
  options: options<TuneOptions>({
    ...without(fitClassifierOptionEntries, 'weights', 'learningRate', 'identity', 'depart'),
    ...without(replaceActivationsOptionEntries, 'slope', 'affine', 'trainable'),
    curvature: oneOf('trained', 'frozen'),
    alsoTrain: withExpectation(anyOf(alsoTrain, listOf(alsoTrain)), {
      expects: "'norm', 'slope', 'affine' or a predicate on weights, or a list of these",
    }),
    learningRate: options<TuneLearningRates>({ ...learningRatesEntries, also: learningRate }),
  }),
};

/** What `tune` gives; its history has an entry an epoch. */
export interface TuneResult extends FittedClassifier {
  /** The activations that were replaced. */
  sites: ActivationSite[];
  /** Names of the old model's layers -> the layers of the classifier whose output stands for theirs. */
  names: ReadonlyMap<string, string>;
}

/**
 * Adapts a pretrained network to other data by training the curvature of its activations and a new head.
 *
 *     const { classifier, validationAccuracy, parameters } = await tune(model, train, validation);
 *
 * Every selected activation of a copy becomes phi(x; sigmoid(raw beta), sigmoid(raw c)) with one pair per channel and
 * activation layer; Adam trains the raw values and the head, and everything else is frozen: no gradient of a filter, a
 * bias or a normalisation is computed. By default batch normalisation uses the batch's statistics in training, as the
 * authors' code does, so that the moving ones adapt to the new data; they belong to the result and to its adapter.
 *
 * A model that has CT layers already (from `replaceActivations`, or of a GraphModel: `graphFeatures`) is copied as it
 * is, and its units start where they stand; those at 0 or 1, where sigmoid is flat, start from the default.
 *
 * @throws RangeError when beta or coeff lies outside (0, 1), where raw values have no gradient.
 * @throws NonFiniteLossError when a loss is not finite; see `fitParameters` for the rest.
 * Source: arXiv 2502.07783, section 3.3 and 4. Defaults are the authors': 20 epochs, batch 32, a linear warm-up in
 * epoch 1, a tenth of the rates after epoch 10, the best validation epoch kept. Departures: each parameter is in the
 * optimiser once; the shapes of the units come from the model, not from a dummy run that moves the statistics.
 */
export async function tune(
  model: LayersModel,
  train: TrainingExamples,
  validation: TrainingExamples,
  options: TuneOptions = {},
): Promise<TuneResult> {
  check('tune', tuneArguments, { model, train, validation, options });
  const {
    beta,
    coeff,
    sharing = 'channel',
    curvature = 'trained',
    learningRate: rates = {},
    protocol = 'strict',
    features,
  } = options;
  if (curvature === 'trained') {
    for (const [name, value] of Object.entries({ beta, coeff })) {
      if (value !== undefined && !(value > 0 && value < 1))
        throw new RangeError(
          `tune: ${name} must lie in (0, 1) to be trained, got ${value}; at 0 and 1 it has no gradient`,
        );
    }
  }
  const also = options.alsoTrain === undefined ? [] : [options.alsoTrain].flat();

  const trains = curvature === 'trained';
  const {
    model: withUnits,
    names,
    hadUnits,
  } = unitsInto(model, {
    ...pick(replaceActivationsOptionEntries, options),
    // What is trained departs from the network as it is, once that was validated.
    beta: trains ? undefined : beta,
    coeff: trains ? undefined : coeff,
    sharing,
    protocol,
    trainable: true,
    slope: also.includes('slope'),
    affine: also.includes('affine'),
  });
  const prepared = callingModels(withUnits);
  const fitOptions: FitClassifierOptions = {
    ...pick(fitClassifierOptionEntries, options),
    learningRate: { head: rates.head },
  };
  if (features !== undefined) fitOptions.features = names.get(features) ?? features;
  const sites = sitesOf(prepared);
  try {
    fitOptions.weights = [
      ...(trains
        ? [
            {
              name: 'curvature',
              learningRate: rates.own ?? 0.1,
              select: curvatureSelection(prepared, sites, sharing),
            },
          ]
        : []),
      ...also.map((what) => ({
        name: typeof what === 'function' ? 'also' : what,
        learningRate: rates.also ?? 1e-2,
        select: alsoSelection(prepared, what),
      })),
    ];
    const depart = (classifier: LayersModel): Promise<void> =>
      startWithGradient(classifier, { beta, coeff }, hadUnits ? 'keep' : 'move');
    if (trains && protocol === 'strict') fitOptions.depart = depart;
    else if (trains) await depart(prepared);
  } catch (error) {
    return rethrow(error, () => discard(prepared));
  }
  const identity: RunIdentity = {
    beta: beta ?? 'by kind',
    coeff: coeff ?? 'by kind',
    sharing,
    curvature,
    protocol,
    calls: options.calls ?? 'tied',
    alsoTrain: also.map((what) => (typeof what === 'function' ? 'a predicate' : what)).join(' '),
  };
  fitOptions.identity = () => Promise.resolve(identity);
  const fitted = await inNameOf('tune', 'fitClassifier', () => fitClassifier(prepared, train, validation, fitOptions));
  return { ...fitted, sites, names };
}

/**
 * Sets what the caller asked for, else where the kind of each unit is trained from: of all units, or only of those that
 * have no gradient where they stand.
 */
async function startWithGradient(model: LayersModel, asked: AskedCurvature, others: 'move' | 'keep'): Promise<void> {
  for (const unit of curvatureLayers(model).values()) {
    const start = trainingStartOf(unit.siteOrigin?.kind ?? 'relu', asked);
    const moves = async (name: 'beta' | 'coeff'): Promise<boolean> =>
      asked[name] !== undefined || others === 'move' || !(await hasGradient(unit.rawWeights[name]));
    if (await moves('beta')) unit.setBeta(start.beta);
    if (await moves('coeff')) unit.setCoeff(start.coeff);
  }
}

async function hasGradient(weight: LayerVariable): Promise<boolean> {
  return (await weight.read().data()).every((raw) => Number.isFinite(raw) && !isEnd(raw));
}

/** Selects raw beta and c of every unit, tied as `sharing` says. */
function curvatureSelection(
  model: LayersModel,
  sites: readonly ActivationSite[],
  sharing: Sharing,
): WeightSelection['select'] {
  const keys = new Map<LayerVariable, string>();
  const layers = curvatureLayers(model);
  for (const site of sites) {
    const { beta, coeff } = layers.get(site.layer)!.rawWeights;
    const perChannel = beta.shape.some((size) => size !== 1);
    if (perChannel !== (sharing === 'channel') && site.channels !== 1) {
      throw new Error(
        `tune: sharing '${sharing}' does not fit "${site.layer}", which has ` +
          `${perChannel ? 'one pair per channel' : 'a single pair'}; make the model by ` +
          `replaceActivations(model, {sharing: '${sharing}'})`,
      );
    }
    const group = groupOf(site, sharing);
    keys.set(beta, `${group}/beta`);
    keys.set(coeff, `${group}/coeff`);
  }
  return ({ weight }) => keys.get(weight) ?? false;
}

function alsoSelection(model: LayersModel, what: AlsoTrain): WeightSelection['select'] {
  if (typeof what === 'function') return what;
  if (what === 'norm')
    return ({ className, name }) => /Normalization$/.test(className) && (name === 'gamma' || name === 'beta');
  const names: CurvatureWeight[] = what === 'slope' ? ['alpha'] : ['scale', 'shift'];
  const weights = new Set(
    [...curvatureLayers(model).values()].flatMap(({ rawWeights }) => names.flatMap((name) => rawWeights[name] ?? [])),
  );
  return ({ weight }) => weights.has(weight);
}
