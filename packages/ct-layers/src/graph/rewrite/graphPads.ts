/**
 * Zero padding in front of a max-pool in a graph, which a curved activation breaks; see ../paddedPool.ts.
 */
import type { GraphIndex, GraphNode } from '../read/graphDef.js';
import { dataInputs, nodeName } from '../read/graphDef.js';
import { readFused } from '../read/fusedNode.js';
import { inOrder } from '../read/graphOrder.js';
import { numberAttribute } from '../read/nodeAttributes.js';
import { recogniseNode } from './recogniseNode.js';

const NON_NEGATIVE = new Set(['Sigmoid', 'Softmax', 'Abs', 'Square', 'Exp', 'Softplus']);
/** Ops that keep the sign of their first input; further ones are sizes and axes. */
const FIRST_INPUT_ONLY = new Set([
  'Pad',
  'PadV2',
  'MirrorPad',
  'Mean',
  'Sum',
  'Max',
  'Reshape',
  'Squeeze',
  'ExpandDims',
  'Transpose',
  'ResizeBilinear',
  'ResizeNearestNeighbor',
  'StridedSlice',
  'Slice',
]);
/** Ops whose output is not negative when none of their inputs is. */
const KEEPS_SIGN = new Set([
  ...FIRST_INPUT_ONLY,
  'Identity',
  'MaxPool',
  'AvgPool',
  'ConcatV2',
  'Concat',
  'Add',
  'AddV2',
  'AddN',
  'Mul',
  'Maximum',
  'Minimum',
]);

type Sign = 'replaced' | 'nonNegative' | 'unknown';

/**
 * The padding nodes that must pad with the lowest float32 once activations are replaced: those between a replaced
 * ReLU or ReLU6, perhaps through ops that keep the sign, and max-pools.
 *
 * @param isZero Whether the pad value of a `PadV2`, given its input's name, is zero; others are the author's choice.
 * @throws Error where one padding feeds both a max-pool and something else, for which zero is right.
 */
export function padsToMend(
  index: GraphIndex,
  replaced: ReadonlySet<string>,
  isZero: (input: string) => boolean,
): Set<string> {
  const signs = new Map<string, Sign>();
  const judge = (node: GraphNode): Sign => {
    const kind = recogniseNode(node, index)?.kind;
    const isRelu = kind === 'relu' || kind === 'relu6';
    if (replaced.has(node.name)) return isRelu ? 'replaced' : 'unknown';
    if (isRelu || NON_NEGATIVE.has(readFused(node)?.activation ?? node.op)) return 'nonNegative';
    if (!KEEPS_SIGN.has(node.op)) return 'unknown';
    const inputs =
      node.op === 'Concat'
        ? dataInputs(node).slice(1)
        : node.op === 'ConcatV2'
          ? dataInputs(node).slice(0, -1)
          : dataInputs(node);
    const found = (FIRST_INPUT_ONLY.has(node.op) ? inputs.slice(0, 1) : inputs).map(
      (input) => signs.get(nodeName(input)) ?? 'unknown',
    );
    if (found.length === 0 || found.includes('unknown')) return 'unknown';
    return found.includes('replaced') ? 'replaced' : 'nonNegative';
  };

  const mended = new Set<string>();
  for (const node of inOrder('replaceGraphActivations', [...index.nodes.values()])) {
    signs.set(node.name, judge(node));
    if (node.op !== 'Pad' && node.op !== 'PadV2') continue;
    const [x, , value] = dataInputs(node);
    const needed = node.op === 'Pad' ? 2 : 3;
    if (dataInputs(node).length < needed)
      throw new Error(
        `replaceGraphActivations: node "${node.name}" (${node.op}) needs ${needed} inputs, got ` +
          `${dataInputs(node).length}; convert the model again`,
      );
    if (node.op === 'Pad' ? numberAttribute(node, 'constant_value', 0) !== 0 : !isZero(value!)) continue;
    const consumers = index.consumers(node.name);
    const pools = consumers.filter(({ op }) => op === 'MaxPool' || op === 'MaxPoolWithArgmax');
    if (pools.length === 0 || signs.get(nodeName(x!)) !== 'replaced') continue;
    if (pools.length < consumers.length) {
      const other = consumers.find((consumer) => !pools.includes(consumer))!;
      throw new Error(
        `replaceGraphActivations: "${node.name}" pads with zeros for the max-pool "${pools[0]!.name}", where ` +
          'they win over the negative values of a replaced activation, ' +
          `and for "${other.name}"; give each its own padding, or exclude the activation before it`,
      );
    }
    mended.add(node.name);
  }
  return mended;
}
