/**
 * `@curvature-tuning/data`: the forms in which labelled images are handed over, and data sets of them.
 */
export type { Labels, TensorLike } from '@curvature-tuning/checks';
export type { Batch, LabelledImages } from './batch.js';
export type { ClassifierMeta, OutputKind } from './classifierMeta.js';
export { classifierMetaOf, classifierMetaSchema, META_KEY } from './classifierMeta.js';
export type { CorruptionType } from './corruptions.js';
export { CORRUPTIONS, EXTRA_CORRUPTIONS } from './corruptions.js';
export type { Batches, BatchesOptions, DataSet, ExamplePlace } from './dataSet.js';
export { isDataSet } from './dataSet.js';
export type { Example, Pixels } from './example.js';
export type { Examples } from './examples.js';
export { isExamples, isInMemory } from './examples.js';
export type { DataSource } from './lazyDataSet.js';
export { dataSet } from './lazyDataSet.js';
export type { Normalization } from './normalize.js';
export { normalize } from './normalize.js';
export type { Preprocess, Preprocessing } from './preprocessing.js';
export { normalizationOf, preprocess, preprocessingSchema } from './preprocessing.js';
export type { ReadableExamples, ReadableOptions } from './readableOnly.js';
export { readableOnly } from './readableOnly.js';
export { scikitSplit } from './split/scikitSplit.js';
export { stratifiedSplit } from './split/stratifiedSplit.js';
export type { TfData, TfElement } from './tfData.js';
