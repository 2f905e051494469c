/**
 * A CT layer written as stock TensorFlow nodes with its parameters as constants.
 */
import { EPSILON } from '@curvature-tuning/activation';
import type { CTActivation } from '../../unit/ctActivation.js';
import { unitOf } from '../../unit/rawValue.js';
import { unusedName } from '../../host/unusedName.js';
import type { GraphConstants } from '../rewrite/graphConstants.js';
import type { GraphNode } from '../read/graphDef.js';

/** The parameters of a CT layer as numbers: one, or one a channel. */
export interface UnitValues {
  beta: number[];
  coeff: number[];
  alpha: number[];
  maxValue: number | null;
  /** Scale and shift before phi, where the layer has them. */
  affine?: { scale: number[]; shift: number[] };
}

/** Reads a layer's parameters. */
export async function readUnit(layer: CTActivation): Promise<UnitValues> {
  const weights = layer.rawWeights;
  const read = async (weight: (typeof weights)['alpha']): Promise<number[]> => [...(await weight!.read().data())];
  const { maxValue, alpha } = layer.getConfig() as { maxValue: number | null; alpha: number };
  return {
    beta: (await read(weights.beta)).map(unitOf),
    coeff: (await read(weights.coeff)).map(unitOf),
    alpha: weights.alpha === undefined ? [alpha] : await read(weights.alpha),
    maxValue,
    ...(weights.scale && { affine: { scale: await read(weights.scale), shift: await read(weights.shift) } }),
  };
}

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
 */
export function bakedUnit(
  name: string,
  input: string,
  values: UnitValues,
  { constants, names }: { constants: GraphConstants; names: Set<string> },
): GraphNode[] {
  const { beta, coeff, alpha, maxValue, affine } = values;
  const nodes: GraphNode[] = [];
  const op = (kind: string, ...inputs: string[]): string => {
    const node = unusedName(`${name}/curvature/${kind}`, names);
    names.add(node);
    nodes.push({ name: node, op: kind, input: inputs, attr: { T: { type: 'DT_FLOAT' } } });
    return node;
  };
  const times = (x: string, factor: number[]): string => op('Mul', x, constant(factor, constants));
  const plus = (x: string, summand: number[]): string => op('AddV2', x, constant(summand, constants));

  const clipped = (x: string, m: number): string =>
    m === 6 ? op('Relu6', x) : op('ClipByValue', x, constant([0], constants), constant([m], constants));

  const s = beta.map((b) => 1 - b + EPSILON);
  const bend = map2(coeff, s, (c, t) => (1 - c) * t);
  const z = affine === undefined ? input : plus(times(input, affine.scale), affine.shift);
  let unit = maxValue === null ? op('Relu', z) : clipped(z, maxValue);
  if (beta.some((b) => b !== 1)) {
    const sizes = [z, ...(maxValue === null ? [] : [plus(z, [-maxValue])])].map((x) => op('Abs', x));
    const joined = (kind: string, parts: string[]): string => (parts.length === 1 ? parts[0]! : op(kind, ...parts));
    if (coeff.some((c) => c !== 0)) {
      const slope = map2(beta, s, (b, t) => -b / t);
      const silus = sizes.map((size) => op('Mul', size, op('Sigmoid', times(size, slope))));
      unit = op('Sub', unit, times(joined('Sub', silus), coeff));
    }
    if (bend.some((b) => b !== 0)) {
      const slope = s.map((t) => 1 / t);
      const quotient = joined(
        'RealDiv',
        sizes.map((size) => op('Sigmoid', times(size, slope))),
      );
      unit = op('Sub', unit, times(op('Log', quotient), bend));
    }
  }
  if (alpha.some((a) => a !== 0)) op('AddV2', unit, times(op('Sub', z, unit), alpha));
  // Consumers know the activation by its name.
  nodes.at(-1)!.name = name;
  return nodes;
}

function constant(values: number[], constants: GraphConstants): string {
  const isOne = values.every((value) => value === values[0]);
  return isOne ? constants.add(values.slice(0, 1), []) : constants.add(values, [values.length]);
}

function map2(a: number[], b: number[], f: (a: number, b: number) => number): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => f(a[i % a.length]!, b[i % b.length]!));
}
