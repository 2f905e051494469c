/**
 * Layers as PyTorch has them, named as its modules: what the families build their networks of.
 */

import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import type { ModelOptions } from './modelOptions.js';

type Layer = layers.Layer;
type Initializer = ReturnType<typeof initializers.zeros>;

/** Activations that a network can have; the name of each is that of the kind of site that surgery finds. */
export type Activation = 'relu' | 'relu6' | 'silu' | 'gelu';

/** What is told of a convolution. */
export interface Convolution {
  /** Output channels; a depthwise convolution has as many as its input. */
  filters?: number;
  kernelSize: number;
  /** Default 1. */
  strides?: number;
  /**
   * Rows and columns added on every side, half the kernel by default; or, as `[before, after]`, so many above and on
   * the left, so many below and on the right; or TensorFlow's `'same'`, which pads an even input of stride 2 as
   * `[0, 1]` for a kernel of 3.
   */
  padding?: number | readonly [before: number, after: number] | 'same';
  /** Default false. */
  bias?: boolean;
  /** What the kernel is drawn from. Default `'fanOut'`. */
  initial?: Initial;
}

/**
 * What weights are drawn from:
 *
 * | | |
 * | --- | --- |
 * | `fanOut` | normal with variance 2 / fan-out, cut at two standard deviations: torchvision's convolutions |
 * | `fanIn` | uniform within 1 / sqrt(fan-in): what PyTorch's modules start from |
 * | a number | normal with this standard deviation, cut at two of it |
 */
export type Initial = 'fanOut' | 'fanIn' | number;

// The standard deviation of a unit normal cut at +-2; dividing by it restores the variance asked for.
const TRUNCATED_DEVIATION = 0.8796256610342398;

/** Applies layers, all initialised in one way. */
export class NamedLayers {
  private readonly zeros: boolean;
  private seed: number | undefined;

  constructor({ initialWeights = 'random', seed }: ModelOptions) {
    this.zeros = initialWeights === 'zeros';
    this.seed = seed;
  }

  /** Applies a layer of any kind; its weights are as `initialWeights` says. */
  apply(layer: Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
    // As tf.loadLayersModel does: allocate, draw nothing; the layer keeps its initialisers in its config.
    if (this.zeros) layer.setFastWeightInitDuringBuild(true);
    return layer.apply(x) as SymbolicTensor;
  }

  /** A convolution, by default without bias and padded by half its kernel on every side. */
  convolution(x: SymbolicTensor, name: string, options: Convolution & { filters: number }): SymbolicTensor {
    const { filters, kernelSize, strides = 1, bias: useBias = false, initial = 'fanOut' } = options;
    const [padded, padding] = this.padded(x, name, options);
    const kernelInitializer = this.initializer(initial);
    return this.apply(
      layers.conv2d({ filters, kernelSize, strides, padding, useBias, kernelInitializer, name }),
      padded,
    );
  }

  /** A convolution of every channel by itself: `groups` as many as channels in PyTorch. */
  depthwise(x: SymbolicTensor, name: string, options: Convolution): SymbolicTensor {
    const { kernelSize, strides = 1, bias: useBias = false, initial = 'fanOut' } = options;
    const [padded, padding] = this.padded(x, name, options);
    // PyTorch's weight is [channels, 1, height, width], tfjs's [height, width, channels, 1]: the fans change places.
    const depthwiseInitializer = this.initializer(initial, true);
    return this.apply(
      layers.depthwiseConv2d({ kernelSize, strides, padding, useBias, depthwiseInitializer, name }),
      padded,
    );
  }

  /** Batch normalisation; PyTorch's momentum is 1 less this one. */
  batchNorm(x: SymbolicTensor, name: string, { epsilon = 1e-5, momentum = 0.9 }: Averages = {}): SymbolicTensor {
    return this.apply(layers.batchNormalization({ epsilon, momentum, name }), x);
  }

  /** One activation layer, to be applied wherever PyTorch's module is called. */
  activation(kind: Activation, name: string): (x: SymbolicTensor) => SymbolicTensor {
    const layer = ACTIVATIONS[kind](name);
    return (x) => this.apply(layer, x);
  }

  /** {@link activation} of the kind `relu`. */
  relu(name: string): (x: SymbolicTensor) => SymbolicTensor {
    return this.activation('relu', name);
  }

  /** The sum of two branches. */
  add(x: SymbolicTensor, y: SymbolicTensor, block: string): SymbolicTensor {
    return this.apply(layers.add({ name: `${block}.add` }), [x, y]);
  }

  /** A linear layer, over the last axis. */
  dense(x: SymbolicTensor, name: string, { units, bias: useBias = true, initial = 'fanIn' }: Linear): SymbolicTensor {
    return this.apply(layers.dense({ units, useBias, kernelInitializer: this.initializer(initial), name }), x);
  }

  /** Dropout; none of it in inference. */
  dropout(x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
    return this.apply(layers.dropout({ rate, name, ...this.nextSeed() }), x);
  }

  private padded(
    x: SymbolicTensor,
    name: string,
    { kernelSize, strides = 1, padding = (kernelSize - 1) / 2 }: Convolution,
  ): [SymbolicTensor, 'same' | 'valid'] {
    if (padding === 'same') return [x, 'same'];
    const [before, after] = typeof padding === 'number' ? [padding, padding] : padding;
    if (before === 0 && after === 0) return [x, 'valid'];
    // Only at stride 1 is 'same' symmetric; at stride 2 an even input would be padded at its end alone.
    if (strides === 1 && before === after && 2 * before === kernelSize - 1) return [x, 'same'];
    const sides: [number, number] = [before, after];
    return [this.apply(layers.zeroPadding2d({ padding: [sides, sides], name: `${name}.pad` }), x), 'valid'];
  }

  private initializer(initial: Initial, swapped = false): Initializer {
    const seed = this.nextSeed();
    if (typeof initial === 'number')
      return initializers.truncatedNormal({ mean: 0, stddev: initial / TRUNCATED_DEVIATION, ...seed });
    if (initial === 'fanOut')
      return initializers.varianceScaling({
        scale: 2 / TRUNCATED_DEVIATION ** 2,
        mode: swapped ? 'fanIn' : 'fanOut',
        distribution: 'normal',
        ...seed,
      });
    // Uniform within sqrt(3 scale / fan) = 1 / sqrt(fan).
    return initializers.varianceScaling({
      scale: 1 / 3,
      mode: swapped ? 'fanOut' : 'fanIn',
      distribution: 'uniform',
      ...seed,
    });
  }

  /** A seed for a layer that draws something of its own; none where nothing is to be reproducible. */
  nextSeed(): { seed?: number } {
    if (this.seed === undefined) return {};
    this.seed += 1; // first: tfjs takes seed 0 for none
    return { seed: this.seed };
  }
}

/** What is told of a batch normalisation. */
export interface Averages {
  /** Default 1e-5. */
  epsilon?: number;
  /** Default 0.9. */
  momentum?: number;
}

/** What is told of a linear layer. */
export interface Linear {
  units: number;
  /** Default true. */
  bias?: boolean;
  /** What the weights are drawn from. Default `'fanIn'`; the bias is 0. */
  initial?: Initial;
}

const ACTIVATIONS: Readonly<Record<Activation, (name: string) => Layer>> = {
  relu: (name) => layers.reLU({ name }),
  relu6: (name) => layers.reLU({ maxValue: 6, name }),
  silu: (name) => layers.activation({ activation: 'swish', name }),
  gelu: (name) => layers.activation({ activation: 'gelu', name }),
};
