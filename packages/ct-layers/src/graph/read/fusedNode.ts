/**
 * Fused nodes, `_FusedConv2D` and its like, taken apart.
 *
 * A convolution, a bias and an activation in one node. tfjs' fused gradients compute the filter's gradient whether
 * anyone wants it or not, so that a graph to be trained is better off without them.
 */
import type { AttrValue, GraphNode } from './graphDef.js';
import { dataInputs, textList, without } from './graphDef.js';
import {
  flagAttribute,
  malformed,
  numberAttribute,
  textAttribute,
  textsAttribute,
  wholesAttribute,
} from './nodeAttributes.js';
import { unusedName } from '../../host/unusedName.js';

/** The op that does the first step of a fused one. */
const PLAIN = new Map([
  ['_FusedConv2D', 'Conv2D'],
  ['FusedDepthwiseConv2dNative', 'DepthwiseConv2dNative'],
  ['_FusedMatMul', 'MatMul'],
]);

/** TensorFlow's names of the activations that tfjs fuses. */
const ACTIVATIONS = new Map([
  ['relu', 'Relu'],
  ['relu6', 'Relu6'],
  ['leakyrelu', 'LeakyRelu'],
  ['prelu', 'Prelu'],
  ['elu', 'Elu'],
  ['sigmoid', 'Sigmoid'],
  ['tanh', 'Tanh'],
]);

/** TensorFlow's default slope of a fused LeakyRelu. */
const DEFAULT_ALPHA = 0.2;

/** What a fused node does. */
export interface FusedNode {
  node: GraphNode;
  /** Inputs of the bias and, for Prelu, of the slope. */
  bias?: string;
  slope?: string;
  /** TensorFlow's name of the activation, `Relu6`; none where the node ends with the bias. */
  activation?: string;
  /** The slope of a LeakyRelu. */
  alpha: number;
}

/**
 * Reads a node, as tfjs reads it: the first fused op is the bias or nothing, the second the activation.
 *
 * Undefined for nodes that are not fused, and for those that tfjs cannot run (a fused batch norm) or that cannot be
 * taken apart (a bias on channels-first data, which `BiasAdd` of tfjs would add to the last axis).
 *
 * @throws Error when an input that the fused ops need is missing, a MatMul without bias has a third one, or strides or
 * data_format are not those of a convolution.
 */
export function readFused(node: GraphNode): FusedNode | undefined {
  if (!PLAIN.has(node.op)) return undefined;
  const [first, second] = textsAttribute(node, 'fused_ops').map((name) => name.toLowerCase());
  const hasBias = first === 'biasadd';
  const activation = second === undefined ? undefined : ACTIVATIONS.get(second);
  if (first === 'fusedbatchnorm' || (second !== undefined && activation === undefined)) return undefined;
  if (hasBias && isChannelsFirst(node)) return undefined;
  checkConvolution(node);
  const needed = 2 + Number(hasBias) + Number(activation === 'Prelu');
  const inputs = dataInputs(node);
  if (inputs.length < needed)
    throw new Error(
      `replaceGraphActivations: node "${node.name}" (${node.op}) needs ${needed} inputs for what it fuses, ` +
        `got ${inputs.length}; convert the model again`,
    );
  const spare = node.op === '_FusedMatMul' && !hasBias ? node.input?.[2] : undefined;
  if (spare !== undefined)
    throw new Error(
      `replaceGraphActivations: node "${node.name}" (${node.op}) fuses no BiasAdd, and yet tfjs would add ` +
        `its third input ${JSON.stringify(spare)}; convert the model again`,
    );
  const extra = inputs.slice(2);
  return {
    node,
    ...(hasBias && { bias: extra[0]! }),
    ...(activation === 'Prelu' && { slope: extra[hasBias ? 1 : 0]! }),
    ...(activation !== undefined && { activation }),
    alpha: numberAttribute(node, 'leakyrelu_alpha', DEFAULT_ALPHA),
  };
}

/**
 * tfjs lets a fused convolution pass with attributes on which a plain one stumbles, or which it reads in another way.
 */
function checkConvolution(node: GraphNode): void {
  if (node.op === '_FusedMatMul') return;
  if (wholesAttribute(node, 'strides')?.length !== 4) throw malformed(node, 'strides', 'a list of 4 whole numbers');
  if (!/^N(HWC|CHW)$/i.test(textAttribute(node, 'data_format') ?? 'NHWC'))
    throw malformed(node, 'data_format', 'NHWC or NCHW in base64');
}

/**
 * Whether a node works on `[batch, channels, height, width]`; a fused depthwise convolution of tfjs never does,
 * whatever it says.
 */
export function isChannelsFirst(node: GraphNode): boolean {
  if (node.op === 'FusedDepthwiseConv2dNative') return false;
  return textAttribute(node, 'data_format')?.toUpperCase().startsWith('NC') ?? false;
}

/**
 * The nodes that compute what goes into the activation of a fused node.
 *
 * @param names All names in use; those of the new nodes are added.
 * @param together What convolution and bias are as one node, given the fused node without activation; undefined where
 *   they are taken apart.
 * @returns The nodes, and the name of the last: the fused node's own where there is no activation.
 */
export function beforeActivation(
  { node, bias, activation }: FusedNode,
  names: Set<string>,
  together: (fused: GraphNode) => GraphNode | undefined,
): { nodes: GraphNode[]; output: string } {
  const plain = PLAIN.get(node.op)!;
  const isLast = activation === undefined;
  const name = (suffix: string, last: boolean): string => {
    if (last) return node.name;
    const found = unusedName(`${node.name}/${suffix}`, names);
    names.add(found);
    return found;
  };
  const [x, filter] = dataInputs(node) as [string, string];
  const control = (node.input ?? []).filter((input) => input.startsWith('^'));
  const ignored = node.op === 'FusedDepthwiseConv2dNative' ? ['data_format'] : [];
  const own = without(node.attr ?? {}, 'fused_ops', 'num_args', 'leakyrelu_alpha', 'epsilon', ...ignored) as Record<
    string,
    AttrValue
  >;
  // What tfjs takes for granted in a fused convolution it wants to be told for a plain one.
  const isTold = plain === 'MatMul' || (wholesAttribute(node, 'dilations')?.length ?? 0) > 0;
  const attr = isTold ? own : { ...own, dilations: { list: { i: ['1', '1', '1', '1'] } } };
  const device = node.device === undefined ? {} : { device: node.device };
  if (bias !== undefined) {
    const fused: Record<string, AttrValue> = { ...attr, fused_ops: textList(['BiasAdd']), num_args: { i: 1 } };
    const one = together({ name: '', op: node.op, input: [x, filter, bias, ...control], ...device, attr: fused });
    if (one !== undefined) {
      const output = name('BiasAdd', isLast);
      return { nodes: [{ ...one, name: output }], output };
    }
  }
  const contraction = name(plain, isLast && bias === undefined);
  const nodes: GraphNode[] = [{ name: contraction, op: plain, input: [x, filter, ...control], ...device, attr }];
  if (bias === undefined) return { nodes, output: contraction };
  const output = name('BiasAdd', isLast);
  return {
    nodes: [...nodes, { name: output, op: 'BiasAdd', input: [contraction, bias], ...device, attr: typeOf(node) }],
    output,
  };
}

/**
 * Whether a fused node may stay fused: tfjs-wasm 4.22 takes the bias of a MatMul with a transposed operand by the wrong
 * index.
 */
export function runsEverywhere({ node, bias }: FusedNode): boolean {
  const isTransposed =
    node.op === '_FusedMatMul' && (flagAttribute(node, 'transpose_a') || flagAttribute(node, 'transpose_b'));
  return bias === undefined || !isTransposed;
}

/** The stock node of a fused node's activation, under the fused node's name. */
export function activationNode({ node, activation, alpha, slope }: FusedNode, input: string): GraphNode {
  const attr: Record<string, AttrValue> = {
    ...typeOf(node),
    ...(activation === 'LeakyRelu' && { alpha: { f: alpha } }),
  };
  return { name: node.name, op: activation!, input: slope === undefined ? [input] : [input, slope], attr };
}

function typeOf({ attr }: GraphNode): Record<string, AttrValue> {
  return attr?.['T'] === undefined ? {} : { T: attr['T'] };
}
