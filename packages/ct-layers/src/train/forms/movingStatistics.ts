/**
 * The moving statistics of batch normalisation, brought up to date in one go after a forward pass, as PyTorch's:
 *
 *     mean <- momentum·mean + (1 − momentum)·m,   variance <- momentum·variance + (1 − momentum)·v·n/(n − 1)
 *
 * with the batch's mean m and biased variance v over n entries a channel.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { add, concat, keep, mul, reshape, split, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** The batch statistics of one normalisation: `[2, channels]`, mean and biased variance, over `count` entries. */
export interface FoundStatistics {
  statistics: Tensor2D;
  count: number;
  momentum: number;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

/** The statistics that a forward pass has found, until they move the stored ones or are dropped. */
export class MovingStatistics {
  private found: FoundStatistics[] = [];

  /** Keeps those of one normalisation, until they are applied or dropped. */
  note(found: FoundStatistics): void {
    keep(found.statistics);
    this.found.push(found);
  }

  /** Moves the stored statistics. */
  apply(): void {
    const { found } = this;
    if (found.length === 0) return;
    tidy(() => {
      const stored = [...found.map((one) => one.movingMean), ...found.map((one) => one.movingVariance)];
      const perChannel = (number: (one: FoundStatistics) => number): number[] =>
        found.flatMap((one) => Array.from({ length: one.statistics.shape[1] }, () => number(one)));
      const kept = perChannel(({ momentum }) => momentum);
      const taken = perChannel(({ momentum }) => 1 - momentum);
      const unbiased = perChannel(({ momentum, count }) => (1 - momentum) * (count > 1 ? count / (count - 1) : 1));
      const before = concat(stored.map((variable) => variable.read() as Tensor1D));
      const batch = reshape(
        concat(
          found.map(({ statistics }) => statistics),
          1,
        ),
        [-1],
      );
      const after = add(mul(before, tensor1d([...kept, ...kept])), mul(batch, tensor1d([...taken, ...unbiased])));
      split(
        after,
        stored.map(({ shape }) => shape[0]!),
      ).forEach((value, i) => stored[i]!.write(value));
    });
    this.drop();
  }

  /** Forgets what was found. */
  drop(): void {
    this.found.forEach(({ statistics }) => statistics.dispose());
    this.found = [];
  }
}
