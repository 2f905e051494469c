/**
 * What needs a disk: state files, folders of records, adversarial examples in files.
 */
export { fileState } from './node/fileState.js';
export { logFile } from './node/logFile.js';
export { readRecords, writeRecord } from './node/records.js';
export { loadAdversarialExamples, saveAdversarialExamples } from './node/exampleFiles.js';
