/**
 * Ops that act on each element: functions of one value, arithmetic of several that are broadcast against each other.
 */
import type { Fact, ValueType } from '../fact.js';
import { valueType } from '../fact.js';
import type { OpRule, ShapeRule } from './shapeRule.js';
import { forOps } from './shapeRule.js';
import { broadcast } from './sizes.js';

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

const selected: ShapeRule = (_, [condition, a, b]) => ({
  dtype: widest(a, b),
  shape: broadcast(broadcast(a?.shape, b?.shape), condition?.shape),
});

/** The rules of elementwise ops. */
export const elementwiseRules: readonly OpRule[] = [
  ...forOps(same, 'Identity Snapshot StopGradient Print FakeQuantWithMinMaxVars PlaceholderWithDefault Enter Exit'),
  ...forOps(
    mapped,
    'Relu Relu6 Abs Neg Sign Square ClipByValue Cumsum Cumprod Reverse ReverseV2 ZerosLike OnesLike MatrixBandPart',
  ),
  ...forOps(
    ofFloats,
    'Acos Asin Atan Acosh Asinh Atanh Ceil Cos Cosh Elu Exp Expm1 Floor Log Log1p Reciprocal Round Rsqrt ' +
      'Selu Sigmoid Sin Sinh Softplus Sqrt Tan Tanh Erf LRN Softmax LogSoftmax',
  ),
  ...forOps(always('float32'), 'LeakyRelu ComplexAbs Real Imag'),
  ['Prelu', (_, [x, slope]) => ({ dtype: 'float32', shape: broadcast(x?.shape, slope?.shape) })],
  ...forOps(always('bool'), 'LogicalNot IsNan IsFinite IsInf'),
  ...forOps(compared, 'Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr'),
  ...forOps(binary(), 'RealDiv Div DivNoNan Pow SquaredDifference Mod FloorMod Atan2 BitwiseAnd'),
  ...forOps(
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
  ...forOps(selected, 'Select SelectV2'),
];

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
