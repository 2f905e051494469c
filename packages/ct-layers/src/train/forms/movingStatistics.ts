/**
 * The moving statistics of batch normalisation, brought up to date in one go after a forward pass, as PyTorch's:
 *
 *     mean <- momentum·mean + (1 − momentum)·m,   variance <- momentum·variance + (1 − momentum)·v·n/(n − 1)
 *
 * with the batch's mean m and biased variance v over n entries a channel.
 *
 * Between steps they lie end to end in two rows; layers get theirs when somebody is to read them, see `settle`.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { add, concat, keep, mul, reshape, split, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** The batch statistics of one normalisation: `[2, channels]`, mean and biased variance, over `count` entries. */
export interface FoundStatistics {
  statistics: Tensor2D;
  count: number;
  momentum: number;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

/** Statistics in two rows, means and variances, of some normalisations end to end. */
interface Moved {
  /** The layers' means, then their variances. */
  stored: readonly LayerVariable[];
  values: Tensor2D;
  /** How much of what was there stays, and of the batch's is added; of the normalisations that `key` tells. */
  factors: { key: string; kept: Tensor2D; taken: Tensor2D };
}

/** The statistics that a forward pass has found, until they move the stored ones or are dropped. */
export class MovingStatistics {
  private found: FoundStatistics[] = [];
  /** The moved statistics of variables that do not have them yet. */
  private moved: Moved | undefined;

  /** Keeps those of one normalisation, until they are applied or dropped. */
  note(found: FoundStatistics): void {
    keep(found.statistics);
    this.found.push(found);
  }

  /** Moves the statistics; the layers get them by `settle`. */
  apply(): void {
    const { found } = this;
    if (found.length === 0) return;
    const stored = [...found.map((one) => one.movingMean), ...found.map((one) => one.movingVariance)];
    if (!stored.every((variable, i) => variable === this.moved?.stored[i])) this.settle();
    const key = found.map(({ momentum, count }) => `${momentum} ${count}`).join();
    const known = this.moved?.factors.key === key ? this.moved.factors : undefined;
    const factors = known ?? { key, ...tidy(() => factorsOf(found)) };
    const values = tidy(() => {
      const before = this.moved?.values ?? inRows(concat(stored.map((variable) => variable.read() as Tensor1D)));
      const batch = concat(
        found.map(({ statistics }) => statistics),
        1,
      );
      return add<Tensor2D>(mul(before, factors.kept), mul(batch, factors.taken));
    });
    this.moved?.values.dispose();
    if (known === undefined) disposeFactors(this.moved);
    this.moved = { stored, values: keep(values), factors };
    this.drop();
  }

  /** Gives the layers what has been moved since. */
  settle(): void {
    const { moved } = this;
    if (moved === undefined) return;
    this.moved = undefined;
    tidy(() => {
      const parts = split(
        reshape(moved.values, [-1]),
        moved.stored.map(({ shape }) => shape[0]!),
      );
      parts.forEach((value, i) => moved.stored[i]!.write(value));
    });
    moved.values.dispose();
    disposeFactors(moved);
  }

  /** Forgets what was found. */
  drop(): void {
    this.found.forEach(({ statistics }) => statistics.dispose());
    this.found = [];
  }
}

const inRows = (vector: Tensor1D): Tensor2D => reshape(vector, [2, -1]);

function factorsOf(found: readonly FoundStatistics[]): { kept: Tensor2D; taken: Tensor2D } {
  const perChannel = (number: (one: FoundStatistics) => number): number[] =>
    found.flatMap((one) => Array.from({ length: one.statistics.shape[1] }, () => number(one)));
  const kept = perChannel(({ momentum }) => momentum);
  const taken = perChannel(({ momentum }) => 1 - momentum);
  const unbiased = perChannel(({ momentum, count }) => (1 - momentum) * (count > 1 ? count / (count - 1) : 1));
  return { kept: keep(tensor2d([kept, kept])), taken: keep(tensor2d([taken, unbiased])) };
}

function disposeFactors(moved: Moved | undefined): void {
  moved?.factors.kept.dispose();
  moved?.factors.taken.dispose();
}
