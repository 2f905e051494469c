/**
 * Type and shape of what each op of a graph makes, as tfjs runs it. An op that is not here, or inputs of which too
 * little is known, say nothing.
 */
import type { Fact, Sizes, ValueType } from './fact.js';
import { valueType } from './fact.js';
import type { GraphNode } from './graphDef.js';
import { isChannelsFirst } from './fusedNode.js';
import { flagAttribute, numberAttribute, textAttribute, wholesAttribute } from './nodeAttributes.js';

/** What a node makes, of what goes into it; a list where it has several outputs. */
export type ShapeRule = (node: GraphNode, inputs: readonly Fact[]) => Fact | readonly Fact[] | undefined;

type Size = number | null;

const same: ShapeRule = (_, [x]) => x;
/** The same shape, other values. */
const mapped: ShapeRule = (_, [x]) => x && { dtype: x.dtype, shape: x.shape };
/** Functions of floats; what tfjs makes of integers depends on the backend. */
const ofFloats: ShapeRule = (_, [x]) => x && { dtype: x.dtype === 'float32' ? 'float32' : undefined, shape: x.shape };
const always =
  (dtype: ValueType): ShapeRule =>
  (_, [x]) => ({ dtype, shape: x?.shape });

/** Arithmetic of two values that are broadcast against each other, and of the numbers in shapes. */
const binary =
  (numbers?: (a: number, b: number) => number): ShapeRule =>
  (_, [a, b]) => ({
    dtype: widest(a, b),
    shape: broadcast(a?.shape, b?.shape),
    wholes: numbers && zipped(a?.wholes, b?.wholes, numbers),
  });

const compared: ShapeRule = (_, [a, b]) => ({ dtype: 'bool', shape: broadcast(a?.shape, b?.shape) });

const convolution =
  (channels: (filter: Sizes) => Size, spatial: number): ShapeRule =>
  (node, [x, filter]) => {
    if (filter?.shape?.length !== spatial + 2) return undefined;
    const first = isChannelsFirst(node) ? 2 : 1;
    const sizes = Array.from({ length: spatial }, (_, i) =>
      windowed(node, x?.shape?.[first + i] ?? null, filter.shape![i]!, first + i, spatial),
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
        axis === 0 || axis === spatial + 1 ? size : windowed(node, size, window[axis]!, axis, spatial),
      ),
    };
  };

const matMul =
  (transposeA: string, transposeB: string): ShapeRule =>
  (node, [a, b]) => {
    const [rank, width] = [
      a?.shape?.length ?? b?.shape?.length,
      b?.shape?.at(flagAttribute(node, transposeB) ? -2 : -1),
    ];
    if (rank === undefined || width === undefined) return undefined;
    const rows = a?.shape?.at(flagAttribute(node, transposeA) ? -1 : -2) ?? null;
    const batch = rank === 2 ? [] : broadcast(a?.shape?.slice(0, -2), b?.shape?.slice(0, -2));
    return { dtype: 'float32', shape: batch && [...batch, rows, width] };
  };

const batchNorm: ShapeRule = (_, [x]) => [
  { dtype: 'float32', shape: x?.shape },
  ...Array.from({ length: 5 }, (): Fact => ({ dtype: 'float32' })),
];

const reduced =
  (dtype?: ValueType, numbers?: (values: readonly Size[]) => Size): ShapeRule =>
  (node, [x, axes]) => {
    const type = dtype ?? x?.dtype;
    if (x?.shape === undefined) return { dtype: type };
    const along = axes?.wholes?.map((axis) => axis !== null && axisOf(axis, x.shape!));
    const keeps = flagAttribute(node, 'keep_dims');
    if (along === undefined || along.length === 0 || along.includes(false))
      return { dtype: type, shape: keeps ? x.shape.map(() => null) : undefined };
    const shape = keeps
      ? x.shape.map((size, axis) => (along.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !along.includes(axis));
    return { dtype: type, shape, wholes: x.wholes && numbers && shape.length === 0 ? [numbers(x.wholes)] : undefined };
  };

const argument: ShapeRule = (_, [x, axis]) => ({ dtype: 'int32', shape: without(x?.shape, axis?.wholes?.[0]) });

const concatenated = (values: readonly Fact[], axis: Size | undefined): Fact => {
  const first = values[0];
  const shapes = values.map(({ shape }) => shape);
  const known = shapes.find((shape) => shape !== undefined);
  const at = known && axis != null ? axisOf(axis, known) : undefined;
  const dtype = values.every((value) => value.dtype === first?.dtype) ? first?.dtype : undefined;
  if (
    known === undefined ||
    at === undefined ||
    shapes.some((shape) => shape !== undefined && shape.length !== known.length)
  )
    return { dtype };
  const shape = known.map((_, i) => {
    const sizes = shapes.map((other) => other?.[i] ?? null);
    return i === at ? sum(sizes) : (sizes.find((size) => size !== null) ?? null);
  });
  return {
    dtype,
    shape,
    wholes:
      known.length === 1 && values.every(({ wholes }) => wholes !== undefined)
        ? values.flatMap(({ wholes }) => wholes!)
        : undefined,
  };
};

const padded: ShapeRule = (_, [x, paddings]) => {
  const shape = x?.shape ?? nulls(paddings?.shape?.[0]);
  const by = paddings?.wholes;
  return {
    dtype: x?.dtype,
    shape: shape?.map((size, axis) => sum([size, by?.[2 * axis] ?? null, by?.[2 * axis + 1] ?? null])),
  };
};

const resized =
  (dtype?: ValueType): ShapeRule =>
  (_, [x, size]) =>
    x?.shape && {
      dtype: dtype ?? x.dtype,
      shape: [x.shape[0]!, size?.wholes?.[0] ?? null, size?.wholes?.[1] ?? null, x.shape[3]!],
    };

const reshaped: ShapeRule = (_, [x, shape]) => {
  const wanted = shape?.wholes ?? nulls(shape?.shape?.[0]);
  if (wanted === undefined) return { dtype: x?.dtype, wholes: x?.wholes };
  const [total, rest] = [product(x?.shape), product(wanted.filter((size) => size !== -1))];
  return {
    dtype: x?.dtype,
    wholes: x?.wholes,
    shape: wanted.map((size) =>
      size !== -1 ? size : total !== null && rest !== null && rest > 0 ? total / rest : null,
    ),
  };
};

const squeezed: ShapeRule = (node, [x]) => {
  const axes = wholesAttribute(node, 'axis') ?? wholesAttribute(node, 'squeeze_dims') ?? [];
  if (x?.shape === undefined) return x && { dtype: x.dtype, wholes: x.wholes };
  // Which axes have size 1 is not known before they are.
  if (axes.length === 0 && x.shape.includes(null)) return { dtype: x.dtype, wholes: x.wholes };
  const gone =
    axes.length === 0
      ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []))
      : axes.map((axis) => axisOf(axis, x.shape!));
  return { dtype: x.dtype, wholes: x.wholes, shape: x.shape.filter((_, axis) => !gone.includes(axis)) };
};

const expanded: ShapeRule = (_, [x, axis]) => ({
  dtype: x?.dtype,
  wholes: x?.wholes,
  shape: inserted(x?.shape, axis?.wholes?.[0], 1),
});

const transposed: ShapeRule = (_, [x, order]) => {
  const perm = order?.wholes;
  if (x?.shape === undefined || perm?.length !== x.shape.length)
    return { dtype: x?.dtype, shape: x?.shape?.map(() => null) };
  const channels = x.channelsFirst === true ? 1 : x.shape.length - 1;
  return {
    dtype: x.dtype,
    shape: perm.map((axis) => (axis === null ? null : (x.shape![axis] ?? null))),
    channelsFirst: x.shape.length > 2 && perm.indexOf(channels) === 1,
  };
};

const sliced: ShapeRule = (_, [x, begin, size]) => {
  if (x?.shape === undefined) return x && { dtype: x.dtype };
  const [starts, sizes] = [begin?.wholes, size?.wholes];
  const shape = x.shape.map((whole, axis) =>
    sizes?.[axis] === -1 ? sum([whole, starts?.[axis] == null ? null : -starts[axis]]) : (sizes?.[axis] ?? null),
  );
  const [start, length] = [starts?.[0], shape[0]];
  return {
    dtype: x.dtype,
    shape,
    wholes: shape.length === 1 && start != null && length != null ? x.wholes?.slice(start, start + length) : undefined,
  };
};

const stridedSlice: ShapeRule = (node, [x, begin, end, strides]) => {
  const [b, e, s] = [
    begin?.wholes,
    end?.wholes,
    strides?.wholes?.includes(null) === true ? undefined : strides?.wholes,
  ];
  const mask = (name: string): number => numberAttribute(node, name, 0);
  if (x?.shape === undefined || b === undefined || e === undefined || s === undefined) return x && { dtype: x.dtype };
  if (mask('ellipsis_mask') !== 0 || mask('new_axis_mask') !== 0 || b.length > x.shape.length)
    return { dtype: x.dtype };
  const [begins, ends, shrinks] = [mask('begin_mask'), mask('end_mask'), mask('shrink_axis_mask')];
  const shape: Size[] = [];
  let wholes: readonly Size[] | undefined;
  x.shape.forEach((size, axis) => {
    const isOpen = (bits: number): boolean => axis >= b.length || (bits & (1 << axis)) !== 0;
    const step = s[axis] ?? 1;
    const isOne = axis < b.length && (shrinks & (1 << axis)) !== 0;
    const from = isOpen(begins) && !isOne ? (step > 0 ? 0 : -1) : b[axis];
    const to = isOpen(ends) ? undefined : e[axis];
    if (x.shape!.length === 1 && x.wholes !== undefined && from != null && step === 1 && to !== null)
      wholes = isOne ? [x.wholes.at(from) ?? null] : x.wholes.slice(from, to);
    if (isOne) return;
    if (step === 1 && from === 0 && to === undefined) shape.push(size);
    else if (step < 1 || from == null || to === null || size === null) shape.push(null);
    else shape.push(Math.max(0, Math.ceil((clamped(to ?? size, size) - clamped(from, size)) / step)));
  });
  return { dtype: x.dtype, shape, wholes };
};

const packed: ShapeRule = (node, values) => {
  const known = values.find(({ shape }) => shape !== undefined)?.shape;
  const dtype = values[0]?.dtype;
  // Scalars of which only the type is known are parts of a shape, too.
  const wholes = known?.length === 0 ? values.map((value) => value.wholes?.[0] ?? null) : undefined;
  return { dtype, shape: inserted(known, numberAttribute(node, 'axis', 0), values.length), wholes };
};

const unpacked: ShapeRule = (node, [x]) => {
  const axis = numberAttribute(node, 'axis', 0);
  const count = x?.shape?.at(axis) ?? numberAttribute(node, 'num', 0);
  return Array.from({ length: Math.min(count, 1024) }, (_, i): Fact => ({
    dtype: x?.dtype,
    shape: without(x?.shape, axis),
    wholes: x?.shape?.length === 1 && x.wholes ? [x.wholes[i] ?? null] : undefined,
  }));
};

const split: ShapeRule = (node, [axis, x]) => {
  const count = numberAttribute(node, 'num_split', 1);
  return Array.from({ length: Math.min(count, 1024) }, (): Fact => ({
    dtype: x?.dtype,
    shape: resizedAlong(x?.shape, axis?.wholes?.[0], (size) => (size === null ? null : size / count)),
  }));
};

const splitV: ShapeRule = (_, [x, sizes, axis]) =>
  sizes?.wholes?.map((size): Fact => ({
    dtype: x?.dtype,
    shape: resizedAlong(x?.shape, axis?.wholes?.[0], () => (size === -1 ? null : size)),
  }));

const gathered: ShapeRule = (node, [x, indices, along]) => {
  const axis = along === undefined ? 0 : along.wholes?.[0];
  if (
    x?.shape === undefined ||
    indices?.shape === undefined ||
    axis == null ||
    numberAttribute(node, 'batch_dims', 0) !== 0
  )
    return x && { dtype: x.dtype };
  const at = axisOf(axis, x.shape);
  const wholes =
    x.shape.length === 1 && x.wholes !== undefined
      ? indices.wholes?.map((i) => (i === null ? null : (x.wholes!.at(i) ?? null)))
      : undefined;
  return { dtype: x.dtype, shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)], wholes };
};

const tiled: ShapeRule = (_, [x, reps]) => ({
  dtype: x?.dtype,
  shape: x?.shape?.map((size, axis) => product([size, reps?.wholes?.[axis] ?? null])),
});

const shapeOfValue = (x: Fact | undefined): Fact => ({
  dtype: 'int32',
  shape: [x?.shape?.length ?? null],
  wholes: x?.shape,
});

const filled: ShapeRule = (_, [shape, value]) => ({
  dtype: value?.dtype,
  shape: shape?.wholes ?? nulls(shape?.shape?.[0]),
});

const selected: ShapeRule = (_, [condition, a, b]) => ({
  dtype: widest(a, b),
  shape: broadcast(broadcast(a?.shape, b?.shape), condition?.shape),
});

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

const einsum: ShapeRule = (node, values) => {
  const [left, right] = (textAttribute(node, 'equation') ?? '').replaceAll(' ', '').split('->');
  const terms = left!.split(',');
  if (right === undefined || left!.includes('.') || terms.length !== values.length) return { dtype: 'float32' };
  const sizes = new Map<string, Size>();
  terms.forEach((term, i) =>
    [...term].forEach((axis, at) => sizes.set(axis, values[i]!.shape?.[at] ?? sizes.get(axis) ?? null)),
  );
  return { dtype: 'float32', shape: [...right].map((axis) => sizes.get(axis) ?? null) };
};

const merge: ShapeRule = (_, values) => {
  const dtype = values.find((value) => value.dtype !== undefined)?.dtype;
  const [first, ...others] = values.map(({ shape }) => shape);
  const isOne = first !== undefined && others.every((shape) => shape?.length === first.length);
  return [
    {
      dtype,
      shape: isOne
        ? first.map((size, axis) => (others.every((shape) => shape![axis] === size) ? size : null))
        : undefined,
    },
    { dtype: 'int32', shape: [] },
  ];
};

/** By op. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ...entries(same, 'Identity Snapshot StopGradient Print FakeQuantWithMinMaxVars PlaceholderWithDefault Enter Exit'),
  ...entries(
    mapped,
    'Relu Relu6 Abs Neg Sign Square ClipByValue Cumsum Cumprod Reverse ReverseV2 ZerosLike OnesLike MatrixBandPart',
  ),
  ...entries(
    ofFloats,
    'Acos Asin Atan Acosh Asinh Atanh Ceil Cos Cosh Elu Exp Expm1 Floor Log Log1p Reciprocal Round Rsqrt ' +
      'Selu Sigmoid Sin Sinh Softplus Sqrt Tan Tanh Erf LRN Softmax LogSoftmax',
  ),
  ...entries(always('float32'), 'LeakyRelu ComplexAbs Real Imag'),
  ['Prelu', (_, [x, slope]) => ({ dtype: 'float32', shape: broadcast(x?.shape, slope?.shape) })],
  ...entries(always('bool'), 'LogicalNot IsNan IsFinite IsInf'),
  ...entries(compared, 'Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr'),
  ...entries(binary(), 'RealDiv Div DivNoNan Pow SquaredDifference Mod FloorMod Atan2 BitwiseAnd'),
  ...entries(
    binary((a, b) => a + b),
    'Add AddV2',
  ),
  ['Sub', binary((a, b) => a - b)],
  ['Mul', binary((a, b) => a * b)],
  ['FloorDiv', binary((a, b) => Math.floor(a / b))],
  ['Maximum', binary(Math.max)],
  ['Minimum', binary(Math.min)],
  [
    'AddN',
    (_, values) => ({
      dtype: values[0]?.dtype,
      shape: values.slice(1).reduce((shape, value) => broadcast(shape, value.shape), values[0]?.shape),
    }),
  ],
  ['BiasAdd', (_, [x, bias]) => ({ dtype: widest(x, bias), shape: x?.shape })],
  ['Cast', (node, [x]) => ({ dtype: valueType(node, 'DstT'), shape: x?.shape, wholes: x?.wholes })],
  ...entries(
    convolution((filter) => filter[3]!, 2),
    'Conv2D _FusedConv2D',
  ),
  ...entries(
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
  ...entries(deconvolution, 'Conv2DBackpropInput Conv2dTranspose'),
  ...entries(pool(2), 'AvgPool MaxPool'),
  ...entries(pool(3), 'AvgPool3D MaxPool3D'),
  ['MaxPoolWithArgmax', (node, inputs) => [pool(2)(node, inputs) as Fact, { dtype: 'int32' }]],
  ...entries(matMul('transpose_a', 'transpose_b'), 'MatMul _FusedMatMul'),
  ...entries(matMul('adj_x', 'adj_y'), 'BatchMatMul BatchMatMulV2'),
  ['Einsum', einsum],
  ...entries(batchNorm, 'FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3'),
  ...entries(reduced(), 'Max Min Mean Sum'),
  ['Prod', reduced(undefined, product)],
  ['EuclideanNorm', reduced('float32')],
  ...entries(reduced('bool'), 'All Any'),
  ...entries(argument, 'ArgMax ArgMin'),
  // tfjs takes as many as N says, two where nothing does.
  [
    'Concat',
    (node, [axis, ...values]) => concatenated(values.slice(0, numberAttribute(node, 'N', 2)), axis?.wholes?.[0]),
  ],
  [
    'ConcatV2',
    (node, values) =>
      concatenated(values.slice(0, -1).slice(0, numberAttribute(node, 'N', 2)), values.at(-1)?.wholes?.[0]),
  ],
  ...entries(padded, 'Pad PadV2 MirrorPad'),
  ['ResizeBilinear', resized('float32')],
  ['ResizeNearestNeighbor', resized()],
  [
    'CropAndResize',
    (_, [x, boxes, , size]) => ({
      dtype: 'float32',
      shape: [boxes?.shape?.[0] ?? null, size?.wholes?.[0] ?? null, size?.wholes?.[1] ?? null, x?.shape?.[3] ?? null],
    }),
  ],
  ['Reshape', reshaped],
  [
    'EnsureShape',
    (_, [x, shape]) => ({ ...x, shape: x?.shape?.map((size, axis) => size ?? shape?.wholes?.[axis] ?? null) }),
  ],
  ['Squeeze', squeezed],
  ['ExpandDims', expanded],
  ['Transpose', transposed],
  ['Slice', sliced],
  ['StridedSlice', stridedSlice],
  ['Pack', packed],
  ['Unpack', unpacked],
  ['Split', split],
  ['SplitV', splitV],
  ...entries(gathered, 'Gather GatherV2'),
  ['Tile', tiled],
  ['Shape', (_, [x]) => shapeOfValue(x)],
  ['ShapeN', (_, values) => values.map(shapeOfValue)],
  ['Rank', (_, [x]) => ({ dtype: 'int32', shape: [], wholes: [x?.shape?.length ?? null] })],
  ['Size', (_, [x]) => ({ dtype: 'int32', shape: [], wholes: [product(x?.shape)] })],
  ['Fill', filled],
  ['BroadcastTo', (_, [x, shape]) => ({ dtype: x?.dtype, shape: shape?.wholes ?? nulls(shape?.shape?.[0]) })],
  ['OneHot', (_, [indices, depth]) => ({ shape: indices?.shape && [...indices.shape, depth?.wholes?.[0] ?? null] })],
  ...entries(selected, 'Select SelectV2'),
  ['SpaceToBatchND', blocks(true)],
  ['BatchToSpaceND', blocks(false)],
  ['DepthToSpace', depthToSpace],
  [
    'TopKV2',
    (_, [x, k]) =>
      [x?.dtype, 'int32' as const].map((dtype) => ({
        dtype,
        shape: x?.shape && [...x.shape.slice(0, -1), k?.wholes?.[0] ?? null],
      })),
  ],
  ['IdentityN', (_, values) => values],
  ['Switch', (_, [x]) => [x ?? {}, x ?? {}]],
  ['Merge', merge],
  ['LoopCond', () => ({ dtype: 'bool', shape: [] })],
]);

function entries(rule: ShapeRule, ops: string): [string, ShapeRule][] {
  return ops.split(' ').map((op) => [op, rule]);
}

/** The size of a spatial axis after a window has run along it. */
function windowed(node: GraphNode, size: Size, window: Size, axis: number, spatial: number): Size {
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

function broadcast(a: Sizes | undefined, b: Sizes | undefined): Sizes | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return long.map((size, axis) => {
    const other = axis < long.length - short.length ? 1 : short[axis - (long.length - short.length)]!;
    if (other === 1 || other === size) return size;
    if (size === 1) return other;
    return size === null ? other : other === null ? size : null;
  });
}

function widest(a: Fact | undefined, b: Fact | undefined): ValueType | undefined {
  const types = [a?.dtype, b?.dtype];
  if (types.includes(undefined))
    return types.includes('float32') && !types.includes('complex64') ? 'float32' : undefined;
  return (['string', 'complex64', 'float32', 'int32', 'bool'] as const).find((type) => types.includes(type));
}

function zipped(a: Fact['wholes'], b: Fact['wholes'], f: (a: number, b: number) => number): Fact['wholes'] {
  if (a === undefined || b === undefined || (a.length !== b.length && a.length !== 1 && b.length !== 1))
    return undefined;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [x, y] = [a[i % a.length]!, b[i % b.length]!];
    return x === null || y === null ? null : f(x, y);
  });
}

function axisOf(axis: number, shape: Sizes): number {
  return axis < 0 ? axis + shape.length : axis;
}

function without(shape: Sizes | undefined, axis: Size | undefined): Sizes | undefined {
  return shape === undefined || axis == null ? undefined : shape.filter((_, i) => i !== axisOf(axis, shape));
}

function inserted(shape: Sizes | undefined, axis: Size | undefined, size: Size): Sizes | undefined {
  if (shape === undefined || axis == null) return undefined;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), size, ...shape.slice(at)];
}

function resizedAlong(shape: Sizes | undefined, axis: Size | undefined, size: (size: Size) => Size): Sizes | undefined {
  return axis == null
    ? shape?.map(() => null)
    : shape?.map((whole, i) => (i === axisOf(axis, shape) ? size(whole) : whole));
}

function clamped(index: number, size: number): number {
  return Math.min(size, Math.max(0, index < 0 ? index + size : index));
}

function nulls(rank: Size | undefined): Sizes | undefined {
  // No tensor of tfjs has more than 6 axes.
  return rank == null || rank > 6 ? undefined : Array.from({ length: rank }, () => null);
}

function sum(sizes: readonly Size[]): Size {
  return sizes.reduce<Size>((a, b) => (a === null || b === null ? null : a + b), 0);
}

function product(sizes: readonly Size[] | undefined): Size {
  return sizes === undefined ? null : sizes.reduce<Size>((a, b) => (a === null || b === null ? null : a * b), 1);
}
