/**
 * Every form in which labelled images may be handed over.
 */
import { isTensor } from '@curvature-tuning/checks';
import type { LabelledImages } from './batch.js';
import type { DataSet } from './dataSet.js';

/**
 * Labelled images all at once, batch by batch, or as a data set.
 *
 * The ownership differs, see `Batch`: tensors of a single `Batch` are disposed of by the caller who made
 * them, tensors of yielded batches by the consumer; a {@link DataSet} holds none. An iterable that is to serve several
 * epochs must start anew at every iteration, as the one of `DataSet.batches` does.
 */
export type Examples = LabelledImages | AsyncIterable<LabelledImages> | DataSet;

/**
 * Whether a value has one of the forms of {@link Examples}; what is in them is not looked at. Images or labels alone
 * pass, for whoever reads them to say which is missing.
 */
export function isExamples(value: unknown): value is Examples {
  return (
    typeof value === 'object' &&
    value !== null &&
    !isTensor(value) &&
    !(value instanceof Promise) &&
    ('images' in value || 'labels' in value || Symbol.asyncIterator in value)
  );
}

/** Whether examples are tensors, not read batch by batch; false for what is no examples. */
export function isInMemory(examples: Examples): examples is LabelledImages {
  return isExamples(examples) && !(Symbol.asyncIterator in examples);
}
