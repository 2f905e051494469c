/**
 * A data set as a `tf.data.Dataset`, for what takes those: `model.fitDataset`, and all that tf.data can do.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { cast } from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';

/**
 * What `fitDataset` takes an element of; whoever iterates disposes of it, as tf.data does. An alias, for tf.data's own
 * types want an index, which interfaces have not.
 */
export type TfElement = {
  /** Images `[batch, ...shape]`. */
  xs: Tensor;
  /** Class numbers `[batch]`, float32, which tf.layers' losses want. */
  ys: Tensor;
};

/** What we call of the namespace `tf.data`; `D` is its `Dataset<TfElement>`. */
export interface TfData<D> {
  /** A dataset whose every iteration is what `make` gives then. */
  generator(make: () => AsyncIterator<TfElement>): D;
}

/** Batches as a dataset of them: each iteration is an epoch, the next one of the same batches. */
export function tfDataset<D>(data: TfData<D>, batches: AsyncIterable<Batch>): D {
  return data.generator(() => {
    const epoch: AsyncIterator<Batch, unknown> = batches[Symbol.asyncIterator]();
    return {
      async next() {
        const { done, value } = await epoch.next();
        if (done === true) return { done, value: undefined };
        const ys = cast(value.labels, 'float32');
        value.labels.dispose();
        return { done: false, value: { xs: value.images, ys } };
      },
    };
  });
}
