/**
 * The shapes of a graph's activations: from its attributes, from one run on zeros, or at least from its filters.
 */
import type { DataType, NamedTensorMap } from '@tensorflow/tfjs-core';
import { io, zeros } from '@tensorflow/tfjs-core';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { GraphIndex, GraphNode } from './graphDef.js';
import { dataInputs, nodeName, shapeOf } from './graphDef.js';
import type { GraphArtifacts } from './graphSource.js';
import { isChannelsFirst } from './fusedNode.js';

/** What is known of some nodes' outputs. */
export interface NodeShapes {
  /** By node; null for unknown sizes, missing where not even the rank is known. */
  shapes: Map<string, Shape>;
  /** Why some nodes were not run on zeros, for error messages; undefined where they were or needed not be. */
  obstacle?: string;
}

/** Finds the shapes of nodes, batch axis first. The model is loaded once more for this and freed at once. */
export async function findShapes(artifacts: GraphArtifacts, index: GraphIndex, nodes: readonly GraphNode[]): Promise<NodeShapes> {
  const shapes = new Map<string, Shape>();
  const note = (name: string, shape: Shape | undefined): void => {
    if (shape !== undefined) shapes.set(name, shape);
  };
  for (const node of nodes) note(node.name, shapeOf(node.attr?.['_output_shapes']?.list?.shape?.[0]));
  const missing = nodes.filter(({ name }) => !shapes.get(name)?.slice(1).every((size) => size !== null));
  if (missing.length === 0) return { shapes };
  const known = new Map<GraphNode, boolean>();
  const runnable = missing.filter((node) => !dependsOnDynamic(node, index, known));
  let obstacle = runnable.length < missing.length ? 'it lies behind control flow' : undefined;
  try {
    if (runnable.length > 0) for (const [name, shape] of await runOnZeros(artifacts, runnable.map(({ name }) => name))) shapes.set(name, shape);
  } catch (error) {
    obstacle = (error as Error).message;
  }
  const specs = new Map(artifacts.weightSpecs.map((spec) => [spec.name, spec.shape]));
  for (const node of missing) if (!shapes.has(node.name)) note(node.name, shapeFromWeights(node, index, specs));
  return { shapes, ...(obstacle !== undefined && { obstacle }) };
}

/** Zeros in the shapes of a graph's inputs, one example where the batch size is open. The caller disposes of them. */
export function zeroInputs(model: GraphModel): NamedTensorMap {
  for (const { name, shape, dtype } of model.inputs) {
    if (shape === undefined || shape.slice(1).some((size) => size < 0)) throw new Error(`its input "${name}" has no fixed shape: [${shape?.map((size) => (size < 0 ? '?' : size)).join(', ') ?? 'unknown rank'}]`);
    if (!['float32', 'int32', 'bool'].includes(dtype)) throw new Error(`its input "${name}" is of type ${dtype}`);
  }
  return Object.fromEntries(model.inputs.map(({ name, shape, dtype }) => [name, zeros(shape!.map((size) => (size < 0 ? 1 : size)), dtype as DataType & 'float32')]));
}

async function runOnZeros(artifacts: GraphArtifacts, names: string[]): Promise<[string, Shape][]> {
  const model = await loadGraphModel(io.fromMemory(artifacts));
  let inputs: NamedTensorMap = {};
  try {
    inputs = zeroInputs(model);
    const openBatch = model.inputs.some(({ shape }) => shape![0] === -1);
    const outputs = [model.execute(inputs, names)].flat();
    const shapes = outputs.map((output, i): [string, Shape] => [names[i]!, openBatch ? [null, ...output.shape.slice(1)] : output.shape]);
    outputs.forEach((output) => output.dispose());
    return shapes;
  } finally {
    Object.values(inputs).forEach((input) => input.dispose());
    model.dispose();
  }
}

/** Ops that tfjs executes asynchronously alone: control flow, and outputs whose size depends on values. */
const DYNAMIC = /^(Switch|Merge|Enter|Exit|NextIteration|LoopCond|StatelessIf|StatelessWhile|If|While|TensorArray.*|NonMaxSuppressionV\d|Where|HashTable.*|LookupTable.*)$/;

/** Whether a node or one that it depends on is dynamic. Such a branch may be dead, and then tfjs throws. */
function dependsOnDynamic(node: GraphNode, index: GraphIndex, known = new Map<GraphNode, boolean>()): boolean {
  const before = known.get(node);
  if (before !== undefined) return before;
  // Loops of control flow come back here.
  known.set(node, DYNAMIC.test(node.op));
  const found = known.get(node)! || (node.input ?? []).some((input) => index.source(input) !== undefined && dependsOnDynamic(index.source(input)!, index, known));
  known.set(node, found);
  return found;
}

const SAME_SHAPE = new Set(['Relu', 'Relu6', 'LeakyRelu', 'BiasAdd', 'FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3', 'Identity', 'Sigmoid']);

/** Rank and channels of a node from the filter that its values come from, through ops that keep the shape. */
function shapeFromWeights(node: GraphNode, index: GraphIndex, specs: ReadonlyMap<string, number[]>): Shape | undefined {
  const [x, weights] = dataInputs(node);
  const filter = weights === undefined ? undefined : specs.get(nodeName(weights));
  if (SAME_SHAPE.has(node.op)) {
    const source = index.source(x);
    return source === undefined ? undefined : shapeFromWeights(source, index, specs);
  }
  if (filter === undefined) return undefined;
  switch (node.op) {
    case '_FusedMatMul':
    case 'MatMul':
      return [null, node.attr?.['transpose_b']?.b === true ? filter[0]! : filter[1]!];
    case '_FusedConv2D':
    case 'Conv2D':
      return isChannelsFirst(node) ? [null, filter[3]!, null, null] : [null, null, null, filter[3]!];
    case 'FusedDepthwiseConv2dNative':
    case 'DepthwiseConv2dNative':
      return isChannelsFirst(node) ? [null, filter[2]! * filter[3]!, null, null] : [null, null, null, filter[2]! * filter[3]!];
    default:
      return undefined;
  }
}
