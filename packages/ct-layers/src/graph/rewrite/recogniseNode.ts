/**
 * Tells what activation a node of a graph holds.
 */
import type { ActivationKind } from '../../unit/activationKind.js';
import type { CTActivationArgs } from '../../unit/ctActivationArgs.js';
import { readFused } from '../read/fusedNode.js';
import type { GraphIndex, GraphNode } from '../read/graphDef.js';
import { dataInputs, isSameValue } from '../read/graphDef.js';
import { numberAttribute, textsAttribute } from '../read/nodeAttributes.js';

/** An activation that graph surgery can replace. */
export interface RecognisedNode {
  kind: ActivationKind;
  /** What the CT layer needs beside beta and coeff. */
  unit: Pick<CTActivationArgs, 'maxValue' | 'alpha'>;
  /** Whether it is the last step of a fused node. */
  fused: boolean;
}

/** TensorFlow's default slope of a LeakyRelu node. */
const DEFAULT_ALPHA = 0.2;

const OTHERS = new Set(['Prelu', 'Elu', 'Selu', 'Softmax', 'Tanh', 'Sigmoid']);

/** The activation of a node, if it is one that can be replaced. A SiLU is the product of x and its sigmoid. */
export function recogniseNode(node: GraphNode, index: GraphIndex): RecognisedNode | undefined {
  if (node.op === 'Mul')
    return siluInput(node, index) === undefined ? undefined : { kind: 'silu', unit: {}, fused: false };
  const fused = readFused(node);
  const op = fused === undefined ? node.op : fused.activation;
  const kind = op === 'Relu' ? 'relu' : op === 'Relu6' ? 'relu6' : op === 'LeakyRelu' ? 'leakyRelu' : undefined;
  if (kind === undefined) return undefined;
  if (dataInputs(node).length === 0)
    throw new Error(`replaceGraphActivations: node "${node.name}" (${node.op}) has no input; convert the model again`);
  const alpha = fused?.alpha ?? numberAttribute(node, 'alpha', DEFAULT_ALPHA);
  return {
    kind,
    unit: kind === 'relu6' ? { maxValue: 6 } : kind === 'leakyRelu' ? { alpha } : {},
    fused: fused !== undefined,
  };
}

/** The x of x·sigmoid(x), in either order; undefined for other nodes. */
export function siluInput(node: GraphNode, index: GraphIndex): string | undefined {
  if (node.op !== 'Mul') return undefined;
  const [a, b] = dataInputs(node);
  const isGateOf = (gate: string | undefined, x: string | undefined): boolean => {
    const source = index.source(gate);
    return (
      source?.op === 'Sigmoid' &&
      x !== undefined &&
      dataInputs(source).length > 0 &&
      isSameValue(dataInputs(source)[0]!, x)
    );
  };
  return isGateOf(b, a) ? a : isGateOf(a, b) ? b : undefined;
}

/** What a node holds that a reader of an error message would call an activation, as `op` or `op, activation`. */
export function describeNode(node: GraphNode): string | undefined {
  if (['Relu', 'Relu6', 'LeakyRelu'].includes(node.op) || OTHERS.has(node.op)) return node.op;
  const activation = textsAttribute(node, 'fused_ops')[1];
  return activation === undefined ? undefined : `${node.op}, ${activation}`;
}
