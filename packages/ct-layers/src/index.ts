/**
 * `@curvature-tuning/layers`: Curvature Tuning for tfjs-layers models: the layer, model surgery, steering, training,
 * adapters.
 */
export type { Batch, ClassifierMeta, Examples, LabelledImages } from '@curvature-tuning/data';
export type { Fresh, SafeTensor } from '@curvature-tuning/safetensors';
export type { Progress } from '@curvature-tuning/checks';
export type { Adapted, AdaptationStep, Validated } from './model/adapted.js';
export { validatesBetter } from './model/adapted.js';
export type { EvaluationOptions } from './evaluate/scores.js';
export { accuracy } from './evaluate/accuracy.js';
export type { CalibratedModel, CalibrateOptions, Unlabelled } from './calibrate/calibrate.js';
export { calibrate, isCalibratable } from './calibrate/calibrate.js';
export type { ActivationKind, Curvature } from './unit/activationKind.js';
export type { ActivationSite, SiteMatcher, SiteSelection } from './unit/activationSite.js';
export { DEFAULT_KINDS } from './unit/activationKind.js';
export type { Adapter, AdapterConfig, AdapterTensor } from './adapter/adapterSchema.js';
export type { MetaOption } from './model/classifier/meta.js';
export type { GraphPlace } from './model/classifier/graphPlace.js';
export type { GetAdapterOptions } from './adapter/adapter.js';
export { getAdapter, interpolateAdapters } from './adapter/adapter.js';
export { loadAdapter, saveAdapter } from './adapter/adapterFile.js';
export type { ApplyAdapterOptions } from './adapter/adapterHost.js';
export { applyAdapter, disableAdapters, listAdapters, removeAdapter, switchAdapter } from './adapter/adapterHost.js';
export type { FitCallback, FitCallbacks, FitLogs } from './train/callbacks.js';
export type { CurvatureWeight } from './unit/ctActivation.js';
export type { CTActivationArgs, CTActivationNotes, PReLUArgs } from './unit/ctActivationArgs.js';
export type { SiteOrigin } from './unit/siteOrigin.js';
export { CTActivation, ctActivation } from './unit/ctActivation.js';
export type { AdapterSummary, ParameterStatistics } from './adapter/curvatureStatistics.js';
export { curvatureStatistics, summarizeAdapter } from './adapter/curvatureStatistics.js';
export type { FitClassifierOptions, FittedClassifier, ModelWeight, WeightSelection } from './train/fitClassifier.js';
export type { RunIdentity } from './train/checkpoint.js';
export type { EpochRecord } from './train/epochRecord.js';
export type { FitOptions, FitProgress } from './train/run/fitOptions.js';
export type { LearningRates } from './head/learningRates.js';
export type { NonFiniteLoss } from './train/nonFiniteLoss.js';
export { NonFiniteLossError } from './train/nonFiniteLoss.js';
export type { ProbeOptions, Solver } from './probe/fitHeads.js';
export type { LowestPadding2DArgs } from './surgery/lowestPadding2d.js';
export { LowestPadding2D } from './surgery/lowestPadding2d.js';
export { meanCrossEntropy } from './evaluate/meanCrossEntropy.js';
export type { PredictedClasses } from './evaluate/predictedClasses.js';
export { predictedClasses } from './evaluate/predictedClasses.js';
export type { LinearProbeResult } from './probe/linearProbe.js';
export { linearProbe } from './probe/linearProbe.js';
export type { LinearProbeOptions } from './probe/probeRun.js';
export type { Start } from './train/starts.js';
export type { Schedule } from './head/schedule.js';
export { paperSchedule } from './head/schedule.js';
export type { Sharing } from './unit/sharing.js';
export { SHARINGS } from './unit/sharing.js';
export type { SearchOptions } from './steer/search.js';
export { defaultBetas, paperBetas } from './steer/search.js';
export type { SteerOptions, SteerResult } from './steer/steer.js';
export type { SteerProgress } from './steer/steerProgress.js';
export { steer } from './steer/steer.js';
export type {
  Score,
  ScoreStep,
  SteerByScoreOptions,
  SteerByScoreProgress,
  SteerByScoreResult,
} from './steer/steerByScore.js';
export { steerByScore } from './steer/steerByScore.js';
export type { SteerStep } from './steer/steerTrials.js';
export type { ReplaceActivationsOptions, SteerableModel } from './surgery/replaceActivations.js';
export type { FindOptions } from './surgery/findActivations.js';
export type { RewriteChoices, RewriteOptions } from './surgery/rewriteConfig.js';
export { activationKinds } from './surgery/activationKinds.js';
export { replaceActivations } from './surgery/replaceActivations.js';
export type { TorchNames } from './adapter/torchAdapter.js';
export { fromTorchStateDict, toTorchStateDict } from './adapter/torchAdapter.js';
export type { DatasetLike, TrainingExamples } from './examples/trainingData.js';
export type { BatchNormMode } from './train/trainingMode.js';
export type { AlsoTrain, TuneLearningRates, TuneOptions, TuneResult } from './train/tune.js';
export { tune } from './train/tune.js';
