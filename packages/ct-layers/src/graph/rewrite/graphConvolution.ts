/**
 * A convolution with a bias in a steered graph, as a node of an op of ours: fused where nobody differentiates, else
 * frozen.
 *
 * tfjs' fused gradients compute the filter's gradient whether anyone wants it or not, and taken apart the bias costs a
 * pass of its own.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { add, conv2d, depthwiseConv2d, fused, tidy } from '@tensorflow/tfjs-core';
import { registerOp } from '@tensorflow/tfjs-converter';
import { frozenConvolution } from '../../host/frozenConvolution.js';
import { isRecording } from '../../host/recording.js';
import type { AttrValue, GraphNode } from '../read/graphDef.js';
import { textAttribute } from '../read/nodeAttributes.js';

const OP = 'CurvatureTuningConvolution';

type ExecutedNode = Parameters<Parameters<typeof registerOp>[1]>[0];
type Pair = [number, number];

/** The node in place of a fused one without activation, or undefined where it pads in a way of its own. */
export function graphConvolution(node: GraphNode): GraphNode | undefined {
  const depthwise = node.op === 'FusedDepthwiseConv2dNative';
  const pads = ['SAME', 'VALID'].includes(textAttribute(node, 'padding')?.toUpperCase() ?? '');
  if (!pads || (!depthwise && node.op !== '_FusedConv2D')) return undefined;
  const { T, strides, padding, dilations } = node.attr as Record<string, AttrValue>;
  return {
    ...node,
    op: OP,
    attr: { ...(T && { T }), strides: strides!, padding: padding!, dilations: dilations!, depthwise: { b: depthwise } },
  };
}

/** Before a graph with such nodes is loaded: tfjs looks ops up when it parses a graph. */
export function registerGraphConvolution(): void {
  registerOp(OP, call);
}

function call({ attrs, inputs }: ExecutedNode): Tensor {
  const [x, filter, bias] = inputs as [Tensor4D, Tensor4D, Tensor];
  const depthwise = attrs['depthwise'] as boolean;
  const pad = attrs['padding'] as 'same' | 'valid';
  const [strides, dilations] = [attrs['strides'], attrs['dilations']].map((list) => (list as number[]).slice(1, 3)) as [
    Pair,
    Pair,
  ];
  const stock = { x, filter, strides, pad, dilations, bias, activation: 'linear' as const };
  if (!isRecording()) return depthwise ? fused.depthwiseConv2d(stock) : fused.conv2d(stock);
  if (dilations.every((d) => d === 1)) return frozenConvolution(x, { filter, bias, strides, pad, depthwise });
  const convolve = depthwise ? depthwiseConv2d : conv2d;
  return tidy(() => add(convolve(x, filter, strides, pad, 'NHWC', dilations), bias));
}
