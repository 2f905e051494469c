/**
 * The features of a frozen network: what its last Dense layer sees.
 */
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { concat, reshape, slice, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { breathe } from './breathe.js';

/**
 * The symbolic features of a model: the output of the named layer, else the input of the last Dense layer.
 *
 * @throws Error when there is no such layer, or when the choice is not clear.
 */
export function featureTensor(caller: string, model: LayersModel, layerName?: string): SymbolicTensor {
  if (layerName !== undefined) {
    const layer = model.layers.find(({ name }) => name === layerName);
    if (layer === undefined) throw new Error(`${caller}: features: no layer "${layerName}" in "${model.name}"; it has ${model.layers.map(({ name }) => name).join(', ')}`);
    return layer.getOutputAt(0) as SymbolicTensor;
  }
  const dense = model.layers.findLast((layer) => layer.getClassName() === 'Dense');
  // A model that runs a graph up to some node has its features for its output.
  if (dense === undefined && model.layers.some((layer) => 'activations' in layer)) return model.outputs[0]!;
  if (dense === undefined) throw new Error(`${caller}: "${model.name}" has no Dense layer at its top level; name the layer whose output to use in {features}`);
  if (dense.inboundNodes.length !== 1) throw new Error(`${caller}: the last Dense layer "${dense.name}" is called at ${dense.inboundNodes.length} places; name the layer whose output to use in {features}`);
  return dense.getInputAt(0) as SymbolicTensor;
}

/**
 * Runs images, or what stands for them, one tensor an input, through `extractor` in inference mode, `batchSize` at a time: [images, features], flattened.
 *
 * The caller disposes of the result. Between batches the event loop gets its turn, and `signal` is heard.
 */
export async function extractFeatures(extractor: LayersModel, images: Tensor | readonly Tensor[], batchSize: number, signal?: AbortSignal): Promise<Tensor2D> {
  const outputs = await runInBatches(extractor, images, batchSize, signal);
  const features = reshape<Rank.R2>(outputs[0]!, [outputs[0]!.shape[0], -1]);
  outputs.forEach((output) => output.dispose());
  return features;
}

/** Runs images, one tensor an input, through a model in inference mode, `batchSize` at a time: one tensor an output; the caller disposes of them. */
export async function runInBatches(model: LayersModel, images: Tensor | readonly Tensor[], batchSize: number, signal?: AbortSignal): Promise<Tensor[]> {
  const inputs = [images].flat();
  const count = inputs[0]!.shape[0];
  const parts: Tensor[][] = [];
  try {
    for (let start = 0; start < count; start += batchSize) {
      await breathe(signal);
      parts.push(
        tidy(() => {
          const batch = inputs.map((input) => slice(input, start, Math.min(batchSize, count - start)));
          return [model.predictOnBatch(batch.length === 1 ? batch[0]! : batch)].flat();
        }),
      );
    }
    return parts[0]!.map((_, output) => concat(parts.map((part) => part[output]!)));
  } finally {
    parts.flat().forEach((part) => part.dispose());
  }
}
