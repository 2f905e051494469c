/**
 * What must hold of a spoilt graph: it works as in tfjs itself, or is refused by an error that names what is wrong, and
 * nothing stays behind.
 */
import * as tf from '@tensorflow/tfjs';
import type { SteerableGraphModel } from '../src/graph/index.js';
import { bake, graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import type { Mutant } from './mutateGraph.js';

/** How a mutant differs from what tfjs makes of it; undefined where it does not. @throws where it is refused. */
export async function difference({ artifacts }: Mutant, inputs: Record<string, number[]>): Promise<string | undefined> {
  const expected = inTfjs(artifacts, inputs);
  const steered = await replaceGraphActivations(copied(artifacts));
  try {
    if (expected === undefined) return undefined;
    const problem = await otherValues(steered, inputs, expected);
    if (problem === undefined) graphFeatures(steered).dispose();
    return problem;
  } finally {
    steered.model.dispose();
  }
}

/** The outputs of tfjs itself; undefined where it cannot load or run the graph. */
function inTfjs(artifacts: tf.io.ModelArtifacts, inputs: Record<string, number[]>): number[] | undefined {
  // tfjs leaves tensors behind when it fails.
  return tf.tidy(() => {
    try {
      const model = new tf.GraphModel(tf.io.fromMemory({ modelTopology: {} }));
      model.loadSync(copied(artifacts));
      return valuesOf(model, inputs);
    } catch {
      return undefined;
    }
  });
}

async function otherValues(
  steered: SteerableGraphModel,
  inputs: Record<string, number[]>,
  expected: number[],
): Promise<string | undefined> {
  try {
    const problem = compared(
      tf.tidy(() => valuesOf(steered.model, inputs)),
      expected,
    );
    if (problem !== undefined) return `steered: ${problem}`;
    const stock = new tf.GraphModel(tf.io.fromMemory({ modelTopology: {} }));
    const baked = await bake(steered);
    const ofBaked = tf.tidy(() => {
      stock.loadSync(baked);
      return compared(valuesOf(stock, inputs), expected);
    });
    return ofBaked === undefined ? undefined : `baked: ${ofBaked}`;
  } catch (error) {
    return `tfjs runs it, and we do not: ${String(error)}`;
  }
}

function valuesOf(model: tf.GraphModel, inputs: Record<string, number[]>): number[] {
  const named = model.inputs.map(({ name, dtype }) => {
    const x = tf.randomNormal(inputs[name]!, 0, 1.5, 'float32', 11);
    return [name, dtype === 'int32' || dtype === 'bool' ? tf.cast(x, dtype) : x] as const;
  });
  return [
    model.execute(
      Object.fromEntries(named),
      model.outputs.map(({ name }) => name),
    ),
  ]
    .flat()
    .flatMap((output) => [...output.dataSync()]);
}

function compared(values: readonly number[], expected: readonly number[]): string | undefined {
  if (values.length !== expected.length) return `${values.length} numbers, not ${expected.length}`;
  const largest = Math.max(1, ...expected.filter(Number.isFinite).map(Math.abs));
  const at = expected.findIndex(
    (value, i) =>
      !(Object.is(value, values[i]) || value === values[i] || Math.abs(value - values[i]!) <= 1e-5 * largest),
  );
  return at < 0 ? undefined : `${values[at]!} is not ${expected[at]!}`;
}

/** A copy that tfjs may write to; weights are only read. */
function copied(artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts {
  const { modelTopology } = artifacts as { modelTopology?: { node?: unknown } };
  if (typeof modelTopology !== 'object' || modelTopology === null || !Array.isArray(modelTopology.node))
    return { ...artifacts };
  return {
    ...artifacts,
    modelTopology: {
      ...modelTopology,
      node: modelTopology.node.map((node: unknown) => (typeof node === 'object' && node !== null ? { ...node } : node)),
    },
  };
}
