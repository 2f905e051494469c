/**
 * What needs a disk: state files, folders of records, adversarial examples in files.
 */
export type { Labels, TensorLike } from '@curvature-tuning/checks';
export type { RobustBenchRecord } from './benchmark/benchmark.js';
export type { AdversarialExamples, ExamplesResult } from './evaluation/adversarialExamples.js';
export type { StateStore } from './evaluation/runState.js';
export { fileState } from './node/fileState.js';
export { logFile } from './node/logFile.js';
export { readRecords, writeRecord } from './node/records.js';
export { loadAdversarialExamples, saveAdversarialExamples } from './node/exampleFiles.js';
