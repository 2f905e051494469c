/**
 * What must hold of a spoilt graph: it works as in tfjs itself, or is refused by an error that names what is wrong, and
 * nothing stays behind.
 */
import * as tf from '@tensorflow/tfjs';
import { bake, graphFeatures, replaceGraphActivations } from '../src/graph/index.js';
import type { Mutant } from './mutateGraph.js';

/** Words of errors that the engine makes, of which nobody can tell what to mend. */
const OF_THE_ENGINE = /Cannot (read|convert|destructure|use)|is not a function|is not iterable|is not defined|Unexpected (end|token)|undefined \(reading|Invalid (array|typed)|call stack|circular|invalid character|not correctly encoded|out of range/i;
/** What an error can name: something in quotes, a number in a list, or a field of the file. */
const NAMES = /"[^"]*"|\b(node|weight|function) \d+|versions|library|weightSpecs|weightData|signature|topology|no inputs or no outputs|modelInitializer|weights but no data|URL/i;

/** What is wrong with how a mutant is treated; undefined where nothing is. */
export async function fault({ artifacts }: Mutant, inputs: Record<string, number[]>): Promise<string | undefined> {
  const expected = inTfjs(artifacts, inputs);
  const before = tf.memory().numTensors;
  const problem = await inOurs(artifacts, inputs, expected);
  const left = tf.memory().numTensors - before;
  return problem ?? (left === 0 ? undefined : `${left} tensors left`);
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

async function inOurs(artifacts: tf.io.ModelArtifacts, inputs: Record<string, number[]>, expected: number[] | undefined): Promise<string | undefined> {
  let steered: Awaited<ReturnType<typeof replaceGraphActivations>>;
  try {
    steered = await replaceGraphActivations(copied(artifacts));
  } catch (error) {
    return wrongError(error, 'replaceGraphActivations');
  }
  try {
    if (expected === undefined) return undefined;
    const problem = difference(tf.tidy(() => valuesOf(steered.model, inputs)), expected);
    if (problem !== undefined) return `steered: ${problem}`;
    const stock = new tf.GraphModel(tf.io.fromMemory({ modelTopology: {} }));
    const baked = await bake(steered);
    const ofBaked = tf.tidy(() => {
      stock.loadSync(baked);
      return difference(valuesOf(stock, inputs), expected);
    });
    if (ofBaked !== undefined) return `baked: ${ofBaked}`;
    try {
      graphFeatures(steered).dispose();
    } catch (error) {
      return wrongError(error, 'graphFeatures');
    }
    return undefined;
  } catch (error) {
    return `tfjs runs it, and we do not: ${String(error)}`;
  } finally {
    steered.model.dispose();
  }
}

function wrongError(error: unknown, caller: string): string | undefined {
  if (!(error instanceof Error)) return `no error: ${String(error)}`;
  if (!error.message.startsWith(`${caller}: `)) return `not ours: ${error.stack}`;
  if (OF_THE_ENGINE.test(error.message) || !NAMES.test(error.message)) return `says not what is wrong: ${error.message}`;
  return undefined;
}

function valuesOf(model: tf.GraphModel, inputs: Record<string, number[]>): number[] {
  const named = model.inputs.map(({ name, dtype }) => {
    const x = tf.randomNormal(inputs[name]!, 0, 1.5, 'float32', 11);
    return [name, dtype === 'int32' || dtype === 'bool' ? tf.cast(x, dtype) : x] as const;
  });
  return [model.execute(Object.fromEntries(named), model.outputs.map(({ name }) => name))].flat().flatMap((output) => [...output.dataSync()]);
}

function difference(values: readonly number[], expected: readonly number[]): string | undefined {
  if (values.length !== expected.length) return `${values.length} numbers, not ${expected.length}`;
  const largest = Math.max(1, ...expected.filter(Number.isFinite).map(Math.abs));
  const at = expected.findIndex((value, i) => !(Object.is(value, values[i]) || value === values[i] || Math.abs(value - values[i]!) <= 1e-5 * largest));
  return at < 0 ? undefined : `${values[at]!} is not ${expected[at]!}`;
}

/** A copy that tfjs may write to; weights are only read. */
function copied(artifacts: tf.io.ModelArtifacts): tf.io.ModelArtifacts {
  const { modelTopology } = artifacts as { modelTopology?: { node?: unknown } };
  if (typeof modelTopology !== 'object' || modelTopology === null || !Array.isArray(modelTopology.node)) return { ...artifacts };
  return { ...artifacts, modelTopology: { ...modelTopology, node: modelTopology.node.map((node: unknown) => (typeof node === 'object' && node !== null ? { ...node } : node)) } };
}
