/**
 * A LayersModel, steered or not, written as a graph of stock nodes.
 */
import { META_KEY } from '@curvature-tuning/data';
import { io } from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { metaOf } from '../../model/classifier/meta.js';
import { outputKind } from '../../model/classifier/outputKind.js';
import { callsTo } from '../../model/modelConfig.js';
import type { GraphNode } from '../read/graphDef.js';
import { GraphConstants } from '../rewrite/graphConstants.js';
import { LayerNodes } from './bakedLayers.js';
import type { Destination, Value } from './layerRules.js';
import { LAYER_RULES, nodeOf } from './layerRules.js';

const CURE =
  `${[...LAYER_RULES.keys()].join(', ')}, Dense, Flatten, global pooling, Dropout and Softmax can; steer the model ` +
  'as a GraphModel (tensorflowjs_converter, replaceGraphActivations) and bake that';

/**
 * The artifacts of a GraphModel that computes what a LayersModel does: normalisation in the weights of the convolution
 * before it, stock activations in its node, units as `bakedUnit` has them.
 *
 * @throws Error that names a layer of which no nodes are known; RangeError where softmax is asked of what gives no
 *   logits.
 */
export async function layersGraph(
  model: LayersModel,
  { softmax, tolerance }: { softmax: boolean; tolerance: number },
): Promise<io.ModelArtifacts> {
  const names = new Set<string>();
  const constants = new GraphConstants(names);
  const nodes = new LayerNodes(constants, names, CURE);
  const to: Destination = { nodes, constants, names, tolerance };
  const inputs = model.inputs.map(({ name, dtype, shape }) =>
    nodes.op('Placeholder', name, [], {
      dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' },
      shape: { shape: { dim: shape.map((size) => ({ size: String(size ?? -1) })) } },
    }),
  );
  let outputs = await write(model, inputs, to);
  const kind = model.outputs.length === 1 && model.outputs[0]!.shape.length === 2 ? outputKind(model) : undefined;
  if (softmax) {
    if (kind !== 'logits')
      throw new RangeError(
        `bake: softmax needs a classifier whose output is logits of several classes, got ${kind ?? 'other outputs'}; ` +
          'leave {softmax} out',
      );
    outputs = [nodes.op('Softmax', 'probabilities', outputs)];
  }
  const output = softmax ? ('probabilities' as const) : kind;
  const meta = { ...metaOf('bake', model), ...(output && { output }) };
  const of = (list: readonly string[]): Record<string, { name: string }> =>
    Object.fromEntries(list.map((name) => [name, { name: `${name}:0` }]));
  const placeholders = (node: GraphNode): boolean => node.op === 'Placeholder';
  return {
    format: 'graph-model',
    generatedBy: '@curvature-tuning/layers',
    modelTopology: {
      node: [
        ...nodes.nodes.filter(placeholders),
        ...constants.nodes,
        ...nodes.nodes.filter((node) => !placeholders(node)),
      ],
      versions: {},
    },
    signature: { inputs: of(inputs), outputs: of(outputs) },
    weightSpecs: constants.specs,
    weightData: io.CompositeArrayBuffer.join(constants.data),
    userDefinedMetadata: { ...(model.getUserDefinedMetadata() as object | undefined), [META_KEY]: meta },
  };
}

/** The names of a model's outputs, once its layers are written; of a model in it, too. */
async function write(model: LayersModel, inputs: readonly string[], to: Destination): Promise<string[]> {
  const values = new Map<SymbolicTensor, Value>(model.inputs.map((tensor, i) => [tensor, inputs[i]!]));
  const calls = callsTo(model.outputs, values);
  const readers = [...calls.flatMap(({ inputTensors }) => inputTensors), ...model.outputs];
  for (const { outboundLayer: layer, inputTensors, outputTensors } of calls) {
    const given = inputTensors.map((tensor) => values.get(tensor)!);
    const results =
      layer instanceof LayersModel
        ? await write(
            layer,
            given.map((value) => nodeOf(value, to)),
            to,
          )
        : [await writeLayer(layer, given, to)];
    outputTensors.forEach((tensor, i) => {
      const isRead = readers.filter((other) => other === tensor).length;
      // What several read is one node.
      values.set(tensor, isRead > 1 || model.outputs.includes(tensor) ? nodeOf(results[i]!, to) : results[i]!);
    });
  }
  return model.outputs.map((tensor) => nodeOf(values.get(tensor)!, to));
}

async function writeLayer(
  layer: SymbolicTensor['sourceLayer'],
  given: readonly Value[],
  to: Destination,
): Promise<Value> {
  const rule = LAYER_RULES.get(layer.getClassName());
  return rule === undefined ? to.nodes.add(layer, nodeOf(given[0]!, to)) : rule(layer, given, to);
}
