/**
 * The methods that are compared: Curvature Tuning, LoRA, and controls of T-CT's size, behind one interface.
 */
import type { Entries, Progress, Schema } from '@curvature-tuning/checks';
import { check, func, inNameOf, listOf, oneOf, options, unitInterval } from '@curvature-tuning/checks';
import type {
  ActivationKind,
  AdaptationStep,
  Adapted,
  AlsoTrain,
  EpochRecord,
  Examples,
  FittedClassifier,
  LinearProbeOptions,
  ModelWeight,
  SteerStep,
} from '@curvature-tuning/layers';
import { calibrate, isCalibratable, linearProbe, steer, tune } from '@curvature-tuning/layers';
import { copyModel, layersModel, leafLayers } from '@curvature-tuning/layers/model';
import {
  examples,
  fitClassifier,
  fitClassifierOptionEntries,
  learningRate,
  siteSelectionEntries,
} from '@curvature-tuning/layers/training';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { tuneLora } from '../lora/tuneLora.js';

/** Base learning rates of a run: of what a method trains beside the head, and of the head. */
export interface MethodRates {
  own: number;
  head: number;
}

/** One run of a method. */
export interface MethodRun {
  seed: number;
  learningRate: MethodRates;
  /** `'paper'`: the paper's procedure in every method, with its quirks. */
  protocol: 'strict' | 'paper';
  epochs: number;
  batchSize: number;
  classes?: number | undefined;
  /** The curvatures that `sct` tries. Default: those of `steer`. */
  betas?: readonly number[] | undefined;
  /** Which activations curvature acts on. Default: ReLU and its kin, as in `replaceActivations`. */
  kinds?: readonly ActivationKind[] | undefined;
  /** Hears how far the run is: what the functions behind the method report, one after another. */
  onProgress?: ((progress: Progress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

const { seed, epochs, batchSize, classes, signal } = fitClassifierOptionEntries;

/** Both learning rates of a run. */
export const methodRates: Schema<MethodRates> = options<MethodRates>({ own: learningRate, head: learningRate }, [
  'own',
  'head',
]);
/** Curvatures to try. */
export const betasSchema: Schema<readonly number[]> = listOf(unitInterval, { min: 1 });

/** The arguments of a method's `run`. */
export const methodRunArguments: Entries<{
  model: LayersModel;
  train: Examples;
  validation: Examples;
  options: MethodRun;
}> = {
  model: layersModel,
  train: examples,
  validation: examples,
  options: options<MethodRun>(
    {
      seed,
      learningRate: methodRates,
      protocol: oneOf('strict', 'paper'),
      epochs,
      batchSize,
      classes,
      betas: betasSchema,
      kinds: siteSelectionEntries.kinds,
      onProgress: func(),
      signal,
    },
    ['seed', 'learningRate', 'protocol', 'epochs', 'batchSize'],
  ),
};

/** What became of a run. */
export interface MethodOutcome extends Adapted<AdaptationStep | EpochRecord | SteerStep> {
  /** What else a reader wants to know, such as S-CT's beta; null where there is no such number. */
  detail: Record<string, number | null>;
}

/** A way of adapting a network to other data. The model that it gets stays as it is. */
export interface Method {
  title: string;
  /**
   * The learning rate that `protocol: 'strict'` searches: that of what it trains beside the head, or none. A head on
   * fixed features has none, and one that is trained along starts at the optimum.
   */
  searches: 'own' | 'nothing';
  /**
   * Whether it works on a GraphModel (`graphFeatures`), which has curvature to change and no weights; `bn` where
   * batch normalisation was not folded away.
   */
  takesGraphs: boolean;
  /** The paper's rates where it has the method; else 1e-2 for what is trained and 1e-3 for the head. */
  paper: MethodRates;
  /** Adapts a network and measures it on validation images. */
  run: (model: LayersModel, train: Examples, validation: Examples, run: MethodRun) => Promise<MethodOutcome>;
}

/** The names of the methods. */
export type MethodName =
  'probe' | 'bn' | 'sct' | 'tct' | 'tct-split' | 'lora' | 'norm' | 'slope' | 'affine' | 'bias' | 'full';

const UNPUBLISHED: MethodRates = { own: 1e-2, head: 1e-3 };

/**
 * | name | trains beside the head |
 * | --- | --- |
 * | `probe` | nothing; features in inference mode |
 * | `bn` | nothing, but batch normalisation is calibrated, as in all below: their control |
 * | `sct` | nothing; one beta for all activations, chosen on validation |
 * | `tct` | (beta, c) of every channel of every activation |
 * | `tct-split` | the same for every call of every activation: a layer that acts at two places has two |
 * | `lora` | rank-1 changes of all kernels |
 * | `norm` | scale and shift of normalisation |
 * | `slope` | a leak for every channel of every call of an activation, from 0 |
 * | `affine` | scale and shift before every call of an activation, per channel |
 * | `bias` | all biases, and the shifts of normalisation |
 * | `full` | everything |
 *
 * Under `'strict'` every head starts, or stays, at the optimum on the network's features. Under `'paper'` heads are
 * trained from a random start by Adam, and statistics move along with training, of all but `probe` and `sct`.
 */
export const methods: Readonly<Record<MethodName, Method>> = checked({
  probe: { title: 'linear probe', searches: 'nothing', takesGraphs: true, paper: { own: 0, head: 1e-3 }, run: probe },
  bn: {
    title: 'linear probe, calibrated',
    searches: 'nothing',
    takesGraphs: true,
    paper: { own: 0, head: 1e-3 },
    run: calibratedProbe,
  },
  sct: {
    title: 'S-CT',
    searches: 'nothing',
    takesGraphs: true,
    paper: { own: 0, head: 1e-3 },
    run: async (model, train, validation, run) => {
      const steered = await steer(model, train, validation, {
        ...shared(run),
        learningRate: { head: run.learningRate.head },
        betas: run.betas,
        kinds: run.kinds,
        onProgress: run.onProgress,
      });
      const { beta, ties, atEdge, kept } = steered;
      return { ...steered, detail: { beta, ties, atEdge: Number(atEdge), steered: Number(kept === 'steered') } };
    },
  },
  tct: { title: 'T-CT', searches: 'own', takesGraphs: true, paper: { own: 0.1, head: 1e-3 }, run: curved('tied') },
  'tct-split': {
    title: 'T-CT, every call its own',
    searches: 'own',
    takesGraphs: false,
    paper: { own: 0.1, head: 1e-3 },
    run: curved('split'),
  },
  lora: {
    title: 'LoRA, rank 1',
    searches: 'own',
    takesGraphs: false,
    paper: { own: 1e-4, head: 1e-4 },
    run: async (model, train, validation, run) =>
      outcome(
        await tuneLora(model, train, validation, {
          ...shared(run),
          learningRate: run.learningRate,
          onProgress: run.onProgress,
        }),
      ),
  },
  norm: {
    title: 'BatchNorm scale, shift',
    searches: 'own',
    takesGraphs: false,
    paper: UNPUBLISHED,
    run: select(({ className, name }) => /Normalization$/.test(className) && (name === 'gamma' || name === 'beta')),
  },
  slope: { title: 'PReLU slopes', searches: 'own', takesGraphs: false, paper: UNPUBLISHED, run: relu('slope') },
  affine: {
    title: 'scale, shift before ReLU',
    searches: 'own',
    takesGraphs: false,
    paper: UNPUBLISHED,
    run: relu('affine'),
  },
  bias: {
    title: 'biases',
    searches: 'own',
    takesGraphs: false,
    paper: UNPUBLISHED,
    run: select(({ name }) => name === 'bias' || name === 'beta'),
  },
  full: {
    title: 'full fine-tuning',
    searches: 'own',
    takesGraphs: false,
    paper: { own: 1e-3, head: 1e-3 },
    run: select(({ name }) => !name.startsWith('moving_')),
  },
});

type Run = Method['run'];

/** The methods that work on a model: all on one of layers, some on a GraphModel. */
export function methodsFor(model: LayersModel): MethodName[] {
  const names = Object.keys(methods) as MethodName[];
  const runsGraph = leafLayers(model).some(({ layer }) => layer.getClassName() === 'GraphFeatures');
  return runsGraph
    ? names.filter((name) => methods[name].takesGraphs && (name !== 'bn' || isCalibratable(model)))
    : names;
}

/** @throws RangeError where a method does not work on a model, with those that do. */
export function checkMethods(caller: string, model: LayersModel, chosen: readonly MethodName[]): void {
  const known = methodsFor(model);
  const unfit = chosen.filter((name) => !known.includes(name));
  if (unfit.length > 0)
    throw new RangeError(
      `${caller}: ${unfit.join(', ')} must have weights or statistics to change, and "${model.name}" runs a ` +
        `GraphModel, where these are fixed; methods that work on it are ${known.join(', ')}`,
    );
}

/** The methods, whose runs check their arguments. */
function checked(methods: Record<MethodName, Method>): Record<MethodName, Method> {
  for (const [name, method] of Object.entries(methods)) {
    const { run: own } = method;
    method.run = async (model, train, validation, run) => {
      check(`methods.${name}.run`, methodRunArguments, { model, train, validation, options: run });
      checkMethods(`methods.${name}.run`, model, [name as MethodName]);
      return inNameOf(`methods.${name}.run`, 'fitClassifier', () => own(model, train, validation, run));
    };
  }
  return methods;
}

/** What all methods take alike. */
function shared({
  seed,
  protocol,
  epochs,
  batchSize,
  classes,
  signal,
}: MethodRun): Omit<LinearProbeOptions, 'learningRate' | 'onProgress'> {
  return { seed, protocol, epochs, batchSize, classes, signal };
}

function outcome({ bestEpoch, ...fitted }: FittedClassifier): MethodOutcome {
  return { ...fitted, detail: { bestEpoch } };
}

/** A head on the features of the network as it is. */
async function probe(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  run: MethodRun,
): Promise<MethodOutcome> {
  const { learningRate, onProgress } = run;
  const options = { ...shared(run), learningRate: { head: learningRate.head }, onProgress };
  return { ...(await linearProbe(model, train, validation, options)), detail: {} };
}

/** A head on the features of the network with statistics of the training images. */
async function calibratedProbe(
  model: LayersModel,
  train: Examples,
  validation: Examples,
  run: MethodRun,
): Promise<MethodOutcome> {
  if (run.protocol === 'paper') return select(undefined)(model, train, validation, run);
  if (!isCalibratable(model)) return probe(model, train, validation, run);
  const calibrated = await calibrate(model, train, {
    seed: run.seed,
    signal: run.signal,
    onProgress: run.onProgress,
  });
  try {
    return await probe(calibrated.model, train, validation, run);
  } finally {
    calibrated.dispose();
  }
}

/** Trains weights that the network has. */
function select(chosen: ((weight: ModelWeight) => boolean) | undefined): Run {
  return async (model, train, validation, run) => {
    const { own, head } = run.learningRate;
    const fitted = await fitClassifier(copyModel(model), train, validation, {
      ...shared(run),
      learningRate: { head },
      weights: chosen === undefined ? [] : [{ name: 'own', learningRate: own, select: chosen }],
      onProgress: run.onProgress,
    });
    return outcome(fitted);
  };
}

function curved(calls: 'tied' | 'split'): Run {
  return async (model, train, validation, run) => {
    const { learningRate, kinds, onProgress } = run;
    return outcome(await tune(model, train, validation, { ...shared(run), calls, kinds, learningRate, onProgress }));
  };
}

/** Trains what acts around activations, which stay; every call has its own. */
function relu(also: AlsoTrain): Run {
  return async (model, train, validation, run) =>
    outcome(
      await tune(model, train, validation, {
        ...shared(run),
        curvature: 'frozen',
        kinds: run.kinds,
        calls: 'split',
        alsoTrain: also,
        learningRate: { also: run.learningRate.own, head: run.learningRate.head },
        onProgress: run.onProgress,
      }),
    );
}
