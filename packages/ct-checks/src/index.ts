/**
 * `@curvature-tuning/checks`: what all packages share. Checks of arguments, labels and parsed JSON, with errors that
 * say what was expected and what came; digests and checksums; the event of long works.
 */
export { check, checkValue, fits } from './check.js';
export type { ClassNumbersOptions, Labels } from './classNumbers.js';
export { classNumbers, classNumbersOf, labels, oneHotClasses } from './classNumbers.js';
export { crc32 } from './crc32.js';
export { show } from './describe.js';
export { canonicalJson, Digest, hashOf } from './digest.js';
export { inNameOf } from './messages/inNameOf.js';
export { missingKernel } from './missingKernel.js';
export { nearest } from './messages/nearest.js';
export { parseJson } from './parseJson.js';
export { cloned, decodeUtf8, encodeUtf8 } from './platform.js';
export type { Progress } from './progress.js';
export { secondsLeft } from './progress.js';
export type { Bounds, Entries, Expectation, Schema, TensorLike } from './schema.js';
export {
  anyOf,
  bytes,
  count,
  filledText,
  flag,
  func,
  isTensor,
  listOf,
  mapOf,
  matching,
  nothing,
  objectWith,
  oneOf,
  optional,
  options,
  pick,
  real,
  recordOf,
  regExp,
  satisfying,
  seed,
  signal,
  tensorOf,
  text,
  unitInterval,
  whole,
  withExpectation,
  without,
} from './schema.js';
export type { SealedTensor } from './seal.js';
export { checkSeal, sealed } from './seal.js';
