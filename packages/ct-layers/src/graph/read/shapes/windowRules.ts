/**
 * Ops with windows over spatial axes: convolutions, pooling, resizing, and axes moved into the batch or the channels.
 */
import type { Fact, Sizes, ValueType } from '../fact.js';
import { isChannelsFirst } from '../fusedNode.js';
import type { GraphNode } from '../graphDef.js';
import { numberAttribute, textAttribute, wholesAttribute } from '../nodeAttributes.js';
import type { OpRule, ShapeRule } from './shapeRule.js';
import { forOps } from './shapeRule.js';
import type { Size } from './sizes.js';
import { product } from './sizes.js';

const convolution =
  (channels: (filter: Sizes) => Size, spatial: number): ShapeRule =>
  (node, [x, filter]) => {
    if (filter?.shape?.length !== spatial + 2) return undefined;
    const first = isChannelsFirst(node) ? 2 : 1;
    const sizes = Array.from({ length: spatial }, (_, i) =>
      windowed(node, spatial, first + i, { size: x?.shape?.[first + i] ?? null, window: filter.shape![i]! }),
    );
    const c = channels(filter.shape);
    return {
      dtype: 'float32',
      shape: first === 2 ? [x?.shape?.[0] ?? null, c, ...sizes] : [x?.shape?.[0] ?? null, ...sizes, c],
    };
  };

const deconvolution: ShapeRule = (_, [shape, filter, x]) => ({
  dtype: 'float32',
  shape:
    shape?.wholes?.length === 4
      ? [...shape.wholes]
      : filter?.shape && [x?.shape?.[0] ?? null, null, null, filter.shape[2]!],
});

/** tfjs pools channels-last data alone, whatever the attribute says. */
const pool =
  (spatial: number): ShapeRule =>
  (node, [x]) => {
    const window = wholesAttribute(node, 'ksize');
    if (x?.shape?.length !== spatial + 2 || window?.length !== spatial + 2) return undefined;
    return {
      dtype: x.dtype,
      shape: x.shape.map((size, axis) =>
        axis === 0 || axis === spatial + 1 ? size : windowed(node, spatial, axis, { size, window: window[axis]! }),
      ),
    };
  };

const resized =
  (dtype?: ValueType): ShapeRule =>
  (_, [x, size]) =>
    x?.shape && {
      dtype: dtype ?? x.dtype,
      shape: [x.shape[0]!, size?.wholes?.[0] ?? null, size?.wholes?.[1] ?? null, x.shape[3]!],
    };

const blocks =
  (toBatch: boolean): ShapeRule =>
  (_, [x, block, edges]) => {
    const spatial = block?.wholes?.length ?? block?.shape?.[0];
    if (x?.shape === undefined || spatial == null) return x && { dtype: x.dtype };
    const size = (whole: Size, i: number): Size => {
      const [by, before, after] = [
        block?.wholes?.[i] ?? null,
        edges?.wholes?.[2 * i] ?? null,
        edges?.wholes?.[2 * i + 1] ?? null,
      ];
      if (whole === null || by === null || before === null || after === null) return null;
      return toBatch ? (whole + before + after) / by : whole * by - before - after;
    };
    return {
      dtype: x.dtype,
      shape: x.shape.map((whole, axis) => (axis === 0 ? null : axis <= spatial ? size(whole, axis - 1) : whole)),
    };
  };

const depthToSpace: ShapeRule = (node, [x]) => {
  const by = numberAttribute(node, 'block_size', 1);
  if (x?.shape?.length !== 4 || isChannelsFirst(node)) return x && { dtype: x.dtype };
  const [batch, height, width, channels] = x.shape as [Size, Size, Size, Size];
  return {
    dtype: x.dtype,
    shape: [batch, product([height, by]), product([width, by]), channels === null ? null : channels / (by * by)],
  };
};

/** The rules of ops with windows. */
export const windowRules: readonly OpRule[] = [
  ...forOps(
    convolution((filter) => filter[3]!, 2),
    'Conv2D _FusedConv2D',
  ),
  ...forOps(
    convolution((filter) => product(filter.slice(2)), 2),
    'DepthwiseConv2dNative DepthwiseConv2d FusedDepthwiseConv2dNative',
  ),
  ['Conv3D', convolution((filter) => filter[4]!, 3)],
  [
    'Conv1D',
    (_, [x, filter]) => filter?.shape && { dtype: 'float32', shape: [x?.shape?.[0] ?? null, null, filter.shape[2]!] },
  ],
  [
    'Dilation2D',
    (_, [x, filter]) =>
      filter?.shape && { dtype: 'float32', shape: [x?.shape?.[0] ?? null, null, null, filter.shape[2]!] },
  ],
  ...forOps(deconvolution, 'Conv2DBackpropInput Conv2dTranspose'),
  ...forOps(pool(2), 'AvgPool MaxPool'),
  ...forOps(pool(3), 'AvgPool3D MaxPool3D'),
  ['MaxPoolWithArgmax', (node, inputs) => [pool(2)(node, inputs) as Fact, { dtype: 'int32' }]],
  ['ResizeBilinear', resized('float32')],
  ['ResizeNearestNeighbor', resized()],
  [
    'CropAndResize',
    (_, [x, boxes, , size]) => ({
      dtype: 'float32',
      shape: [boxes?.shape?.[0] ?? null, size?.wholes?.[0] ?? null, size?.wholes?.[1] ?? null, x?.shape?.[3] ?? null],
    }),
  ],
  ['SpaceToBatchND', blocks(true)],
  ['BatchToSpaceND', blocks(false)],
  ['DepthToSpace', depthToSpace],
];

/** The size of a spatial axis, one of `spatial`, after a window has run along it. */
function windowed(
  node: GraphNode,
  spatial: number,
  axis: number,
  { size, window }: { size: Size; window: Size },
): Size {
  const stride = wholesAttribute(node, 'strides')?.[axis];
  const dilation = wholesAttribute(node, 'dilations')?.[axis] ?? 1;
  const padding = textAttribute(node, 'padding')?.toLowerCase();
  if (size === null || window === null || stride === undefined) return null;
  const reach = (window - 1) * dilation + 1;
  if (padding === 'same') return Math.ceil(size / stride);
  if (padding === 'valid') return Math.max(0, Math.ceil((size - reach + 1) / stride));
  const edges = wholesAttribute(node, 'explicit_paddings');
  if (padding !== 'explicit' || edges?.length !== 2 * (spatial + 2)) return null;
  return Math.max(0, Math.floor((size + edges[2 * axis]! + edges[2 * axis + 1]! - reach) / stride) + 1);
}
