/**
 * `@curvature-tuning/layers/training`: what `tune` is made of, for methods of other kinds: the training loop, a
 * classifier in it, and examples as they take them.
 */
export type { Examples } from '@curvature-tuning/data';
export type { Progress } from '@curvature-tuning/checks';
export type { Adapted } from './model/adapted.js';
export { siteSelectionEntries } from './unit/activationSite.js';
export { examplesFingerprint } from './examples/examplesFingerprint.js';
export type { FitClassifierOptions, FittedClassifier, ModelWeight, WeightSelection } from './train/fitClassifier.js';
export { fitClassifier, fitClassifierArguments, fitClassifierOptionEntries } from './train/fitClassifier.js';
export type { FitCallbacks } from './train/callbacks.js';
export type { RunIdentity } from './train/checkpoint.js';
export type { EpochRecord } from './train/epochRecord.js';
export type { FitResult } from './train/fitParameters.js';
export type { FitOptions, FitProgress } from './train/run/fitOptions.js';
export type { Trainee } from './train/run/trainee.js';
export type { LearningRates } from './head/learningRates.js';
export { learningRate, learningRatesEntries } from './head/learningRates.js';
export { fitParameters } from './train/fitParameters.js';
export type { Binding, PairBinding, ParameterGroup } from './train/parameterGroup.js';
export type { Schedule } from './head/schedule.js';
export { isRecording } from './host/recording.js';
export type { Finishing } from './train/forms/finish.js';
export { finish } from './train/forms/finish.js';
export { Random } from './examples/random.js';
export type { TrainingExamples } from './examples/trainingData.js';
export { trainingExamples } from './examples/trainingData.js';
export { examples } from './examples/gatherExamples.js';
export type { BatchNormMode, PreparedModel, Reseedable, TrainingMode } from './train/trainingMode.js';
export { prepareForTraining } from './train/trainingMode.js';
