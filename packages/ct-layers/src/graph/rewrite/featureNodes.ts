/**
 * Finds the nodes of a graph that can stand for its features: what its heads get.
 */
import type { Shape } from '@tensorflow/tfjs-layers';
import type { GraphIndex, GraphNode } from '../read/graphDef.js';
import { dataInputs, nodeName } from '../read/graphDef.js';
import { readFused } from '../read/fusedNode.js';
import { inOrder } from '../read/graphOrder.js';

/** How the positions of a map of features become one vector: their mean, or the largest value of each channel. */
export type Pooling = 'avg' | 'max';

/** A node that can stand for the features of a graph, by the options of `graphFeatures` that take it. */
export interface FeatureNode {
  /** Name of the node. */
  output: string;
  /** How its values are pooled; undefined where they are vectors. */
  pooling: Pooling | undefined;
}

/** What is known of a graph. */
export interface GraphView {
  index: GraphIndex;
  /** Names of the nodes that are constants, or computed from constants alone. */
  constants: ReadonlySet<string>;
  /** The shape of a value, null for open sizes; undefined where it is not known. */
  shapeOf: (output: string) => Shape | undefined;
}

/** Ops behind a head that change the form or the scale of its scores; further inputs are sizes and axes. */
const SHAPES = new Set(['Identity', 'Reshape', 'Squeeze', 'ExpandDims', 'Cast', 'Transpose', 'StridedSlice', 'Slice']);
const SCORES = new Set(['Softmax', 'LogSoftmax', 'Sigmoid', 'ArgMax', 'TopK', 'TopKV2']);
/** Likewise, of scores and a constant. */
const WITH_CONSTANT = new Set(['BiasAdd', 'Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Div']);
const LOOPS = new Set(['Enter', 'Merge', 'NextIteration']);
const POOLS = new Map<string, Pooling>([
  ['Mean', 'avg'],
  ['AvgPool', 'avg'],
  ['Max', 'max'],
  ['MaxPool', 'max'],
]);

/**
 * The features of each of a graph's outputs, each once: what the last MatMul gets, or the last convolution that does
 * the same (of one position, or of a 1x1 kernel with a global pooling behind it), on the way back from the output
 * through softmax, reshapes, pooling and constants. Without such a head, what a softmax gets, or else the output
 * itself.
 *
 * Of outputs one of which is computed from the other, the last one counts. Several nodes are left where heads see
 * different features.
 */
export function featureNodes(view: GraphView, outputs: readonly string[]): FeatureNode[] {
  const found = new Map<string, FeatureNode>();
  for (const output of outputs) {
    const node = featuresOf(view, output);
    found.set(`${node.output} ${node.pooling}`, node);
  }
  const nodes = [...found.values()];
  const before = nodes.map(({ output }) => ancestors(view.index, output));
  return nodes.filter(({ output }, i) => !before.some((names, other) => other !== i && names.has(nodeName(output))));
}

/** Features to propose beside: the last map before the features, pooled. */
export function mapBefore(view: GraphView, { output, pooling }: FeatureNode): FeatureNode | undefined {
  if (pooling !== undefined) return undefined;
  const passed = new Set<string>();
  for (let at = output; !passed.has(at);) {
    passed.add(at);
    const shape = view.shapeOf(at);
    if (shape?.length === 4 && !isOnePosition(shape)) return at === output ? undefined : { output: at, pooling: 'avg' };
    const [before] = variable(view.index.source(at), view.constants);
    if (before === undefined) return undefined;
    at = before;
  }
  return undefined;
}

/** The names of the nodes that are constants, or computed from constants alone. */
export function constantNodes(index: GraphIndex): Set<string> {
  const constants = new Set<string>();
  for (const node of inOrder('graphFeatures', [...index.nodes.values()])) {
    const inputs = dataInputs(node);
    const isComputed = inputs.length > 0 && !node.op.startsWith('Placeholder') && !LOOPS.has(node.op);
    if (node.op === 'Const' || (isComputed && inputs.every((input) => constants.has(nodeName(input)))))
      constants.add(node.name);
  }
  return constants;
}

/** A node and all that it is computed from. */
export function ancestors(index: GraphIndex, output: string): Set<string> {
  const names = new Set([nodeName(output)]);
  // A set is walked through as it grows.
  for (const name of names) for (const input of index.nodes.get(name)?.input ?? []) names.add(nodeName(input));
  return names;
}

function featuresOf({ index, constants, shapeOf }: GraphView, output: string): FeatureNode {
  const passed: GraphNode[] = [];
  for (let at = output; ;) {
    const node = index.source(at);
    const inputs = variable(node, constants);
    const isScore = passed.some(({ op }) => SCORES.has(op));
    const end = isScore ? at : output;
    if (node === undefined || inputs.length === 0) return pooled(end, shapeOf);
    const kind = kindOf(node);
    if ((kind === 'MatMul' || kind === 'Conv2D') && !isNonlinear(node) && inputs.length === 1) {
      const pooling = passed.flatMap(({ op }) => POOLS.get(op) ?? [])[0];
      if (kind === 'MatMul') return { output: inputs[0]!, pooling: undefined };
      if (isOnePosition(shapeOf(at))) return pooled(inputs[0]!, shapeOf);
      if (pooling !== undefined && isPoint(node, shapeOf)) return pooled(inputs[0]!, shapeOf, pooling);
    }
    const isPassed =
      SHAPES.has(node.op) ||
      SCORES.has(node.op) ||
      POOLS.has(node.op) ||
      (WITH_CONSTANT.has(node.op) && inputs.length === 1);
    if (!isPassed) return pooled(end, shapeOf);
    passed.push(node);
    at = inputs[0]!;
  }
}

function kindOf(node: GraphNode): string {
  return node.op === '_FusedMatMul' ? 'MatMul' : node.op === '_FusedConv2D' ? 'Conv2D' : node.op;
}

/** Whether a fused node ends in an activation that makes features of its output. */
function isNonlinear(node: GraphNode): boolean {
  const activation = readFused(node)?.activation;
  return activation !== undefined && activation !== 'Sigmoid';
}

/** A map whose positions are several is pooled. */
function pooled(output: string, shapeOf: GraphView['shapeOf'], pooling: Pooling = 'avg'): FeatureNode {
  const shape = shapeOf(output);
  return { output, pooling: shape !== undefined && isPoolable(shape) && !isOnePosition(shape) ? pooling : undefined };
}

/** Whether values have positions that can be pooled: `[batch, positions, channels]`, or `[batch, height, width, …]`. */
export function isPoolable(shape: Shape): boolean {
  return shape.length === 3 || shape.length === 4;
}

function isOnePosition(shape: Shape | undefined): boolean {
  return shape?.length === 4 && shape.slice(1, -1).every((size) => size === 1);
}

function isPoint(node: GraphNode, shapeOf: GraphView['shapeOf']): boolean {
  const kernel = shapeOf(nodeName(dataInputs(node)[1]!));
  return kernel?.length === 4 && kernel[0] === 1 && kernel[1] === 1;
}

/** The inputs of a node that depend on the graph's input. */
function variable(node: GraphNode | undefined, constants: ReadonlySet<string>): string[] {
  return node === undefined ? [] : dataInputs(node).filter((input) => !constants.has(nodeName(input)));
}
