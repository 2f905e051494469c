/**
 * A CT layer written as stock TensorFlow nodes with its parameters as constants.
 */
import { EPSILON } from '@curvature-tuning/activation';
import type { GraphConstants } from '../rewrite/graphConstants.js';
import type { GraphNode } from '../read/graphDef.js';
import { approximateUnit } from './approximateUnit.js';
import { NodeWriter } from './nodeWriter.js';
import type { UnitValues } from './unitValues.js';

/**
 * The nodes of a unit; the last has the name `name`.
 *
 *     phi(z) = max(z, 0) − c·|z|·sigmoid(−beta·|z|/s) + (1 − c)·s·softplus(−|z|/s)
 *
 * the form in which no difference of large numbers occurs, its softplus(−t) computed as −ln sigmoid(t), for stock
 * Softplus costs many times as much on wasm; and where it clips,
 *
 *     phi(z) − phi(z − m) = min(max(z, 0), m) − c·(even part of z − that of z − m) + (1 − c)·s·(likewise)
 *
 * Where all of beta is 1 it is a ReLU, or clips, which phi equals to 7e-7 there: 1/s = 1e6 would be infinite on devices
 * whose textures are float16.
 *
 * @param to Where the nodes go. With a `tolerance` the unit is that of approximateUnit.ts where there is one.
 */
export function bakedUnit(
  name: string,
  input: string,
  values: UnitValues,
  {
    constants,
    names,
    tolerance = 0,
  }: { constants: GraphConstants; names: Set<string>; tolerance?: number | undefined },
): GraphNode[] {
  const { alpha, affine } = values;
  const write = new NodeWriter(`${name}/curvature`, constants, names);
  const z = affine === undefined ? input : write.plus(write.times(input, affine.scale), affine.shift);
  const unit = approximateUnit(z, values, write, tolerance) ?? exactUnit(z, values, write);
  if (alpha.some((a) => a !== 0)) write.op('AddV2', unit, write.times(write.op('Sub', z, unit), alpha));
  // Consumers know the activation by its name.
  write.nodes.at(-1)!.name = name;
  return write.nodes;
}

function exactUnit(z: string, { beta, coeff, maxValue }: UnitValues, write: NodeWriter): string {
  const s = beta.map((b) => 1 - b + EPSILON);
  const bend = map2(coeff, s, (c, t) => (1 - c) * t);
  let unit = write.clipped(z, 0, maxValue ?? Infinity);
  if (beta.every((b) => b === 1)) return unit;
  const sizes = [z, ...(maxValue === null ? [] : [write.plus(z, [-maxValue])])].map((x) => write.op('Abs', x));
  const joined = (kind: string, parts: string[]): string => (parts.length === 1 ? parts[0]! : write.op(kind, ...parts));
  if (coeff.some((c) => c !== 0)) {
    const slope = map2(beta, s, (b, t) => -b / t);
    const silus = sizes.map((size) => write.op('Mul', size, write.op('Sigmoid', write.times(size, slope))));
    unit = write.op('Sub', unit, write.times(joined('Sub', silus), coeff));
  }
  if (bend.some((b) => b !== 0)) {
    const slope = s.map((t) => 1 / t);
    const sigmoids = sizes.map((size) => write.op('Sigmoid', write.times(size, slope)));
    unit = write.op('Sub', unit, write.times(write.op('Log', joined('RealDiv', sigmoids)), bend));
  }
  return unit;
}

function map2(a: number[], b: number[], f: (a: number, b: number) => number): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => f(a[i % a.length]!, b[i % b.length]!));
}
