/**
 * How many images go through a network at a time: as many as fit a budget of bytes.
 *
 * Inference holds, at its height, what goes into a layer, what comes out, and what lies between; the largest layer
 * decides. How much that is per image follows from the shapes of the layers' outputs.
 */
import { ctuKernels } from '@curvature-tuning/activation';
import { getBackend } from '@tensorflow/tfjs-core';
import type { layers, Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { CTActivation } from '../unit/ctActivation.js';
import { asUnitHolder } from '../unit/unitHolder.js';

/** Bytes that the activations of one batch may take: 256 MiB. */
export const EVALUATION_BYTES: number = 2 ** 28;

/** The most images at a time: more make nothing faster. */
const MAX_BATCH = 100;

/**
 * Tensors of a layer's size that are alive at its height, in multiples of its input and output together: measured with
 * a MobileNetV2 of 224 pixels on wasm, 27 MB an image with 9.6 MB in and out of the largest layer.
 */
const COPIES = 3;

/**
 * The same of a CT layer that has no fused kernel: the composed form holds some twenty tensors, twice where it clips.
 */
const COMPOSED_COPIES = 11;

/**
 * The number of images to evaluate at a time, between 1 and 100: EVALUATION_BYTES over the bytes of one image.
 *
 * @param inputs The shapes of the tensors that go in, batch axis first; they settle sizes that the model leaves open.
 */
export function evaluationBatch(model: LayersModel, inputs: readonly Shape[]): number {
  return Math.max(1, Math.min(MAX_BATCH, Math.floor(EVALUATION_BYTES / activationBytes(model, inputs))));
}

/** An estimate of the bytes that one image's activations take at their height in inference, float32. */
export function activationBytes(model: LayersModel, inputs: readonly Shape[]): number {
  let largest = 1;
  const isFused = ctuKernels()[getBackend()] === 'fused';
  visitCalls(
    model,
    inputs.map((shape) => [1, ...shape.slice(1)]),
    (layer, ins, outs) => {
      const around = [...ins, ...outs].reduce((sum, shape) => sum + sizeOf(shape), 0);
      // A layer that runs a graph has larger tensors inside than those that go in and out.
      const inside = asUnitHolder(layer)?.largestNode(ins) ?? 0;
      const composed = (layer instanceof CTActivation || inside > 0) && !isFused;
      largest = Math.max(largest, Math.max(around, inside) * (composed ? COMPOSED_COPIES : COPIES));
    },
  );
  return 4 * largest;
}

/**
 * Calls `visit` with each call of each layer, those of nested models included, and the shapes in and out. Returns the
 * model's own.
 */
function visitCalls(
  model: LayersModel,
  inputs: Shape[],
  visit: (layer: layers.Layer, ins: Shape[], outs: Shape[]) => void,
): Shape[] {
  const shapes = new Map(model.inputs.map((tensor, i) => [tensor.id, inputs[i] ?? tensor.shape]));
  // A stack of our own: networks are hundreds of layers deep.
  const stack: SymbolicTensor[] = [...model.outputs];
  const results = new Map<string, Shape[]>();
  while (stack.length > 0) {
    const tensor = stack.at(-1)!;
    const { sourceLayer: layer, nodeIndex, tensorIndex } = tensor;
    const missing = shapes.has(tensor.id) ? [] : tensor.inputs.filter(({ id }) => !shapes.has(id));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (shapes.has(tensor.id)) continue;
    const key = `${layer.id} ${nodeIndex}`;
    let outs = results.get(key);
    if (outs === undefined) {
      const ins = tensor.inputs.map(({ id }) => shapes.get(id)!);
      if (layer instanceof LayersModel) {
        outs = visitCalls(layer, ins, visit);
      } else {
        outs = outputShapes(layer, ins, nodeIndex);
        visit(layer, ins, outs);
      }
      results.set(key, outs);
    }
    shapes.set(tensor.id, outs[tensorIndex ?? 0] ?? tensor.shape);
  }
  return model.outputs.map(({ id }) => shapes.get(id)!);
}

function outputShapes(layer: layers.Layer, ins: Shape[], node: number): Shape[] {
  try {
    const outs = layer.computeOutputShape(ins.length === 1 ? ins[0]! : ins);
    return (Array.isArray(outs[0]) ? outs : [outs]) as Shape[];
  } catch {
    // A layer may need more than shapes, such as the initial state of a recurrent one; then what it said when the
    // model was built.
    return [layer.getOutputAt(node)].flat().map(({ shape }) => shape);
  }
}

/** Numbers of one image in a tensor. */
function sizeOf(shape: Shape): number {
  return shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
}
