/** Nodes of a unit, run by stock tfjs, and what they are to give. */
import { phi } from '@curvature-tuning/activation/math';
import * as tf from '@tensorflow/tfjs';
import { bakedUnit } from '../src/graph/bake/bakedUnit.js';
import type { UnitValues } from '../src/graph/bake/unitValues.js';
import { GraphConstants } from '../src/graph/rewrite/graphConstants.js';

/** What nodes of a unit make of these x, four channels each. */
export async function computedUnit(
  values: UnitValues,
  xs: number[],
  tolerance = 0,
): Promise<{ got: number[]; ops: string[] }> {
  const names = new Set(['x', 'y']);
  const constants = new GraphConstants(names);
  const nodes = bakedUnit('y', 'x', values, { constants, names, tolerance });
  const input = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } };
  await tf.setBackend('cpu');
  const model = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: { node: [input, ...constants.nodes, ...nodes], versions: {} },
      weightSpecs: constants.specs,
      weightData: constants.data,
    }),
  );
  const x = tf.tidy(() => tf.tile(tf.tensor2d(xs, [xs.length, 1]), [1, 4]));
  const got = tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);
  [model, x].forEach((thing) => thing.dispose());
  return { got, ops: nodes.map(({ op }) => op) };
}

/** Inputs: bends, and what is far from them. */
export const XS: number[] = [-1e9, -40, -6, -0.5, 0, 0.7, 2.5, 5.9, 6, 9, 60, 1e4, 1e9];

/** phi, clipped at m or not, in float64. */
export function exactUnit(x: number, beta: number, coeff: number, m: number): number {
  const even = (z: number): number => (Math.abs(z) === Infinity ? 0 : phi(z, beta, coeff) - Math.max(z, 0));
  return Math.min(Math.max(x, 0), m) + even(x) - even(x - m);
}
