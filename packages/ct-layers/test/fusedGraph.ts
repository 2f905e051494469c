/**
 * A LayersModel of the MobileNet kind written as the GraphModel that TensorFlow's optimiser (grappler) and
 * tensorflowjs_converter would make of it: batch norms folded into the convolutions before them, bias and activation
 * fused, a node named after the last layer it stands for.
 */
import type * as tf from '@tensorflow/tfjs';
import { GraphBuilder, ints, text } from './graphBuilder.js';

type Layer = tf.layers.Layer;
type Pair = [number, number];

/** @throws Error at a layer that it does not know. */
export function fusedGraph(model: tf.LayersModel): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  const outputs = new Map<Layer, string>();
  for (const layer of model.layers) {
    if (outputs.has(layer)) continue;
    const inputs = layer.inboundNodes[0]!.inboundLayers.map((source) => outputs.get(source)!);
    const config = layer.getConfig() as Record<string, unknown>;
    const done = (node: string, ...merged: Layer[]): void => [layer, ...merged].forEach((l) => outputs.set(l, node));
    switch (layer.getClassName()) {
      case 'InputLayer':
        done(g.input(layer.name, layer.batchInputShape));
        break;
      case 'ZeroPadding2D': {
        const [rows, columns] = (layer as unknown as { padding: [Pair, Pair] }).padding;
        done(
          g.node('Pad', layer.name, [
            ...inputs,
            g.weight(`${layer.name}/paddings`, [4, 2], [0, 0, ...rows, ...columns, 0, 0], 'int32'),
          ]),
        );
        break;
      }
      case 'Conv2D':
      case 'DepthwiseConv2D':
        done(...convolution(g, layer, inputs[0]!, config));
        break;
      case 'Add':
        done(g.node('AddV2', layer.name, inputs));
        break;
      case 'AveragePooling2D':
        done(
          g.node('AvgPool', layer.name, inputs, {
            ksize: ints(1, ...(config['poolSize'] as Pair), 1),
            strides: ints(1, ...(config['strides'] as Pair), 1),
            padding: text((config['padding'] as string).toUpperCase()),
            data_format: text('NHWC'),
          }),
        );
        break;
      case 'Flatten':
        done(
          g.node('Reshape', layer.name, [
            ...inputs,
            g.weight(`${layer.name}/shape`, [2], [-1, (layer.outputShape as number[])[1]!], 'int32'),
          ]),
        );
        break;
      case 'Dropout':
        done(inputs[0]!);
        break;
      case 'Dense':
        done(dense(g, layer, inputs[0]!, config['activation'] as string));
        break;
      default:
        throw new Error(`fusedGraph: no node for the layer "${layer.name}" (${layer.getClassName()})`);
    }
  }
  return g.artifacts({ outputs: model.outputs.map(({ sourceLayer }) => outputs.get(sourceLayer)!) });
}

/** The node of a convolution, and the layers that it stands for. */
function convolution(g: GraphBuilder, layer: Layer, x: string, config: Record<string, unknown>): [string, ...Layer[]] {
  const isDepthwise = layer.getClassName() === 'DepthwiseConv2D';
  const [kernel, ownBias] = layer.getWeights();
  const norm = onlyConsumer(layer)!;
  if (norm.getClassName() !== 'BatchNormalization')
    throw new Error(`fusedGraph: expected a batch norm behind "${layer.name}"`);
  const relu = onlyConsumer(norm);
  const isRelu6 = relu?.getClassName() === 'ReLU' && relu.getConfig()['maxValue'] === 6;
  const [gamma, beta, mean, variance] = norm.getWeights().map((w) => w.dataSync());
  const factors = gamma!.map((scale, i) => scale / Math.sqrt(variance![i]! + (norm.getConfig()['epsilon'] as number)));
  const filter = kernel!.dataSync().map((value, i) => value * factors[i % factors.length]!) as Float32Array;
  const bias = factors.map(
    (factor, i) => beta![i]! + factor * ((ownBias?.dataSync()[i] ?? 0) - mean![i]!),
  ) as Float32Array;
  const last = isRelu6 ? relu : norm;
  const node = g.fused(
    isDepthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D',
    last.name,
    x,
    g.weight(`${layer.name}/kernel`, kernel!.shape, filter),
    isRelu6 ? ['BiasAdd', 'Relu6'] : ['BiasAdd'],
    [g.weight(`${layer.name}/bias`, [bias.length], bias)],
    { strides: ints(1, ...(config['strides'] as Pair), 1), padding: text((config['padding'] as string).toUpperCase()) },
  );
  return isRelu6 ? [node, norm, relu] : [node, norm];
}

function dense(g: GraphBuilder, layer: Layer, x: string, activation: string): string {
  const [kernel, bias] = layer.getWeights();
  const ops = activation === 'relu' ? ['BiasAdd', 'Relu'] : ['BiasAdd'];
  const name = activation === 'softmax' ? `${layer.name}/MatMul` : layer.name;
  const node = g.fused(
    '_FusedMatMul',
    name,
    x,
    g.weight(`${layer.name}/kernel`, kernel!.shape, kernel!.dataSync<'float32'>()),
    ops,
    [g.weight(`${layer.name}/bias`, bias!.shape, bias!.dataSync<'float32'>())],
  );
  return activation === 'softmax' ? g.node('Softmax', layer.name, [node]) : node;
}

function onlyConsumer(layer: Layer): Layer | undefined {
  return layer.outboundNodes.length === 1 ? layer.outboundNodes[0]!.outboundLayer : undefined;
}
