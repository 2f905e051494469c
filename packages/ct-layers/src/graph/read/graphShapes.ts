/**
 * Types and shapes of a graph's values: what its facts tell, and for the rest one run on zeros, or two of different
 * size where sizes are open.
 */
import type { DataType, NamedTensorMap } from '@tensorflow/tfjs-core';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { GraphIndex, GraphNode } from './graphDef.js';
import { dataInputs, nodeName } from './graphDef.js';
import { readFused } from './fusedNode.js';
import type { Fact } from './fact.js';
import { valueType } from './fact.js';
import type { GraphFacts } from './graphFacts.js';
import { merged } from './graphFacts.js';
import { inOrder } from './graphOrder.js';
import type { GraphArtifacts } from './graphSource.js';
import { loadGraph } from './loadGraph.js';

/** What is known of some nodes' outputs. */
export interface NodeValues {
  of: (node: string) => Fact;
  /** Why some nodes were not run on zeros, for error messages; undefined where they were or needed not be. */
  obstacle?: string;
}

/**
 * Finds out about nodes, batch axis first. Where facts do not suffice, the model is loaded once more and freed at once.
 */
export function findValues(
  artifacts: GraphArtifacts,
  index: GraphIndex,
  facts: GraphFacts,
  nodes: readonly GraphNode[],
): NodeValues {
  const values = new Map(nodes.map((node) => [node.name, { ...facts.of(node.name), dtype: typeOf(node, facts) }]));
  const isOpen = [...index.nodes.values()].some(
    ({ name, op }) => op.startsWith('Placeholder') && (facts.of(name).shape?.slice(1).includes(null) ?? true),
  );
  const missing = nodes.filter(({ name }) => !isKnown(values.get(name)!, isOpen));
  if (missing.length === 0) return { of: (node) => values.get(node)! };
  const dynamic = dynamicNodes(index);
  const runnable = missing.filter(({ name }) => !dynamic.has(name)).map(({ name }) => name);
  let obstacle = runnable.length < missing.length ? 'it lies behind control flow' : undefined;
  if (runnable.length > 0) {
    const model = loadGraph('replaceGraphActivations', artifacts);
    try {
      const found = runOnZeros(model, runnable);
      for (const [name, { dtype, shape }] of found)
        values.set(name, {
          ...values.get(name)!,
          dtype: values.get(name)!.dtype ?? dtype,
          shape: merged(values.get(name)!.shape, shape),
        });
    } catch (error) {
      obstacle = (error as Error).message;
    } finally {
      model.dispose();
    }
  }
  return { of: (node) => values.get(node)!, ...(obstacle !== undefined && { obstacle }) };
}

/** The type that a node works on: of what goes into it, for a LeakyRelu makes floats of integers. */
function typeOf(node: GraphNode, facts: GraphFacts): Fact['dtype'] {
  const [x] = dataInputs(node);
  return (
    (readFused(node) === undefined && x !== undefined ? facts.of(x).dtype : undefined) ??
    facts.of(node.name).dtype ??
    valueType(node, 'T')
  );
}

/** Whether a run could tell nothing more. */
function isKnown({ dtype, shape }: Fact, isOpen: boolean): boolean {
  return (
    dtype !== undefined && shape !== undefined && shape.at(-1) !== null && (isOpen || !shape.slice(1).includes(null))
  );
}

/** Two sizes for open axes, tried in turn: a network needs one that all its windows fit in, some a multiple of 32. */
const TRIES: readonly (readonly [number, number])[] = [
  [64, 96],
  [224, 288],
];

/**
 * Types and shapes of values, null for sizes that follow open ones.
 *
 * @throws Error that says why the graph cannot be run on zeros.
 */
export function runOnZeros(model: GraphModel, names: string[]): Map<string, Fact> {
  const isOpen = (axis: number, size: number): boolean => axis > 0 && !(size >= 0);
  const hasOpen = model.inputs.some(({ shape }) => shape?.some((size, axis) => isOpen(axis, size)));
  const openBatch = model.inputs.some(({ shape }) => shape?.[0] === -1);
  const run = (size: number): { dtype: string; shape: number[] }[] =>
    tidy(() =>
      [model.execute(zeroInputs(model, size), names)].flat().map(({ dtype, shape }) => ({ dtype, shape: [...shape] })),
    );
  const note = (first: ReturnType<typeof run>, second: ReturnType<typeof run>): Map<string, Fact> =>
    new Map(
      names.map((name, i) => {
        const [{ dtype, shape }, other] = [first[i]!, second[i]!.shape];
        const sizes: Shape = shape.map((size, axis) =>
          size !== other[axis] || (axis === 0 && openBatch) ? null : size,
        );
        return [name, { dtype: dtype as Fact['dtype'], ...(shape.length === other.length && { shape: sizes }) }];
      }),
    );
  if (!hasOpen) {
    const only = run(1);
    return note(only, only);
  }
  let failure: unknown;
  for (const [small, large] of TRIES) {
    try {
      return note(run(small), run(large));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** More numbers than this are not made for the sake of a shape. */
const MOST = 2 ** 24;

/** Zeros in the shapes of a graph's inputs, one example where the batch size is open, `open` along other open axes. */
function zeroInputs(model: GraphModel, open: number): NamedTensorMap {
  return Object.fromEntries(
    model.inputs.map(({ name, shape, dtype }) => {
      if (shape === undefined) throw new Error(`its input "${name}" has no fixed shape: [unknown rank]`);
      // A type that the graph does not state is any; null is one that tfjs does not know.
      const type = (dtype as string | null | undefined) === undefined ? 'float32' : dtype;
      if (!['float32', 'int32', 'bool'].includes(type))
        throw new Error(
          `its input "${name}" is of ` +
            `${(type as string | null) === null ? 'a type that tfjs does not know' : `type ${type}`}`,
        );
      const sizes = shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? 1 : open));
      if (sizes.reduce((a, b) => a * b, 1) > MOST)
        throw new Error(`its input "${name}" of shape [${sizes.join(', ')}] is too large`);
      return [name, zeros(sizes, type as DataType & 'float32')];
    }),
  );
}

/** Ops that tfjs executes asynchronously alone: control flow, and outputs whose size depends on values. */
const CONTROL_FLOW = 'Switch|Merge|Enter|Exit|NextIteration|LoopCond|StatelessIf|StatelessWhile|If|While|TensorArray.*';
const DYNAMIC = new RegExp(`^(${CONTROL_FLOW}|NonMaxSuppressionV\\d|Where|HashTable.*|LookupTable.*)$`);

/** The nodes that are dynamic or depend on one that is. Such a branch may be dead, and then tfjs throws. */
export function dynamicNodes(index: GraphIndex): Set<string> {
  const dynamic = new Set<string>();
  for (const { name, op, input } of inOrder('replaceGraphActivations', [...index.nodes.values()])) {
    if (DYNAMIC.test(op) || (input ?? []).some((source) => dynamic.has(nodeName(source)))) dynamic.add(name);
  }
  return dynamic;
}
