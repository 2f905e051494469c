/**
 * A batch normalisation within a layer that holds CT layers, as the one that runs a GraphModel does.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { batchNorm } from '@tensorflow/tfjs-core';
import { LayerVariable } from '@tensorflow/tfjs-layers';

/** Another way to normalise: values `[..., channels]`, a scale and an offset of `[channels]`. */
export type NormalizeBy = (x: Tensor, scale: Tensor, offset: Tensor, epsilon: number) => Tensor;

/**
 * A batch normalisation, of which the layer has the statistics alone: scale and offset are the network's. The caller
 * disposes of it.
 */
export class HeldNormalization {
  /** The name of the node. */
  readonly node: string;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
  /** What normalises in place of the statistics, if anything. */
  by: NormalizeBy | undefined;

  /** @param mean Of `[channels]`, as is the variance; both stay the caller's. */
  constructor(node: string, mean: Tensor, variance: Tensor) {
    this.node = node;
    const name = node.replaceAll(/[^-A-Za-z0-9._/]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'norm';
    const weight = (value: Tensor, what: string): LayerVariable =>
      new LayerVariable(value, 'float32', `${name}/${what}`, false);
    this.movingMean = weight(mean, 'moving_mean');
    this.movingVariance = weight(variance, 'moving_variance');
  }

  get weights(): [LayerVariable, LayerVariable] {
    return [this.movingMean, this.movingVariance];
  }

  /** y = scale·(x − mean)/sqrt(variance + epsilon) + offset, or what `by` makes of it. */
  call(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor {
    if (this.by !== undefined) return this.by(x, scale, offset, epsilon);
    const [mean, variance] = this.weights.map((weight) => weight.read()) as [Tensor, Tensor];
    return batchNorm(x, mean as never, variance as never, offset as never, scale as never, epsilon);
  }

  /** Normalises by something else until what is returned is called. */
  replace(by: NormalizeBy): () => void {
    const before = this.by;
    this.by = by;
    return () => void (this.by = before);
  }

  /** One of its own with the same statistics; the caller disposes of it. */
  copy(): HeldNormalization {
    return new HeldNormalization(this.node, this.movingMean.read(), this.movingVariance.read());
  }

  /** Frees the statistics. */
  dispose(): void {
    this.weights.forEach((weight) => weight.dispose());
  }
}
