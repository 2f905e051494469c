/**
 * Every form in which labelled images may be handed over.
 */
import type { LabelledImages } from './batch.js';
import type { DataSet } from './dataSet.js';

/**
 * Labelled images all at once, batch by batch, or as a data set.
 *
 * The ownership differs, see {@link Batch}: tensors of a single `Batch` are disposed of by the caller who made
 * them, tensors of yielded batches by the consumer; a {@link DataSet} holds none. An iterable that is to serve several
 * epochs must start anew at every iteration, as the one of `DataSet.batches` does.
 */
export type Examples = LabelledImages | AsyncIterable<LabelledImages> | DataSet;
