/**
 * A convolution that is not written yet: what comes behind it may go into its weights, or into its node.
 */
import { textList } from '../read/graphDef.js';
import type { GraphConstants } from '../rewrite/graphConstants.js';
import type { LayerNodes } from './bakedLayers.js';

/** A convolution with a bias. */
export interface Contraction {
  name: string;
  depthwise: boolean;
  /** The name of what it reads. */
  input: string;
  filter: { values: Float32Array; shape: readonly number[] };
  /** One a channel of the output. */
  bias: Float32Array;
  strides: readonly number[];
  padding: string;
  dilations: readonly number[];
}

/** A convolution whose outputs are scale·y + shift, with one number of each for all channels or one a channel. */
export function scaled(contraction: Contraction, scale: ArrayLike<number>, shift: ArrayLike<number>): Contraction {
  const { filter, bias } = contraction;
  // The output's channels are the last axes of either filter, those of a depthwise one two, and run fastest.
  const factor = (i: number): number => scale[(i % bias.length) % scale.length]!;
  return {
    ...contraction,
    filter: { ...filter, values: filter.values.map((value, i) => value * factor(i)) },
    bias: bias.map((value, i) => value * factor(i) + shift[i % shift.length]!),
  };
}

/** Writes a convolution as one fused node, with an activation that tfjs fuses (`Relu6`) or none; gives its name. */
export function written(
  { name, depthwise, input, filter, bias, strides, padding, dilations }: Contraction,
  { nodes, constants }: { nodes: LayerNodes; constants: GraphConstants },
  activation?: string,
): string {
  const sizes = (two: readonly number[]): { list: { i: number[] } } => ({ list: { i: [1, ...two, 1] } });
  return nodes.op(
    depthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D',
    name,
    [input, constants.add(filter.values, filter.shape), constants.add(bias, [bias.length])],
    {
      strides: sizes(strides),
      dilations: sizes(dilations),
      padding: { s: btoa(padding.toUpperCase()) },
      data_format: { s: btoa('NHWC') },
      fused_ops: textList(['BiasAdd', ...(activation === undefined ? [] : [activation])]),
      num_args: { i: 1 },
    },
  );
}
