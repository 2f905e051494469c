/**
 * The features of a frozen network: what its head sees.
 */
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { concat, reshape, slice, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers, LayersModel as Model, model as functional } from '@tensorflow/tfjs-layers';
import { yieldToHost } from '../host/yieldToHost.js';
import { activationBytes, evaluationBatch } from './evaluationBatch.js';
import { isExhaustion, megabytes } from '../host/exhaustion.js';
import type { Head, Place } from './headOf.js';
import { locateHead } from './headOf.js';
import type { ImageRows } from '../host/imageRows.js';
import { isImageRows, readInTurn } from '../host/imageRows.js';
import type { Layer } from '../host/layerInternals.js';
import { internals } from '../host/layerInternals.js';
import type { LayerCall } from './modelConfig.js';
import { callsByLayer } from './modelConfig.js';

/** Where the features of a model are. */
export type FeaturePlace = Place & Partial<Pick<Head, 'pool'>>;

/**
 * Finds the features of a model: the output of the named layer (`outer/inner` in nested models), else what the head
 * gets, see `locateHead`, else the output of the model, which has no head then.
 *
 * @throws Error when there is no such layer, or when the choice is not clear.
 */
export function findFeatures(caller: string, model: LayersModel, layerName?: string): FeaturePlace {
  const calls = callsByLayer(model);
  const place = layerName === undefined ? defaultPlace(caller, model, calls) : outputOf(model, layerName, calls);
  if (place === undefined)
    throw new Error(
      `${caller}: features: no layer "${layerName}" in "${model.name}"; it has ` +
        `${model.layers.map(({ name }) => name).join(', ')}`,
    );
  const shared = place.within.find((outer) => calls.get(outer.model)!.length > 1);
  if (shared !== undefined)
    throw new Error(
      `${caller}: the features of "${model.name}" lie in "${shared.model.name}", which is called at ` +
        `${calls.get(shared.model)!.length} places; name a layer outside of it in {features}`,
    );
  return place;
}

/**
 * The features as a tensor at the top level of a model, which must be ours: models that they lie in end where they are.
 */
export function exposeFeatures({ within, tensor, pool }: FeaturePlace): SymbolicTensor {
  let features = tensor;
  for (const { model, call } of within.toReversed()) {
    if (model.outputs.length === 1 && features === model.outputs[0]) {
      features = call.outputTensors[0]!;
      continue;
    }
    const cut = functional({ inputs: model.inputs, outputs: features, name: model.name });
    internals(cut).trainable_ = internals(model).trainable_;
    features = cut.apply(call.inputTensors.length === 1 ? call.inputTensors[0]! : call.inputTensors) as SymbolicTensor;
  }
  if (pool === undefined) return features;
  const layer = pool === 'GlobalMaxPooling2D' ? layers.globalMaxPooling2d({}) : layers.globalAveragePooling2d({});
  return layer.apply(features) as SymbolicTensor;
}

type Calls = ReadonlyMap<Layer, readonly LayerCall[]>;

function defaultPlace(caller: string, model: LayersModel, calls: Calls): FeaturePlace {
  const head = locateHead(model);
  const count = head === undefined ? 0 : calls.get(head.layer)!.length;
  if (count > 1)
    throw new Error(
      `${caller}: the last ${head!.layer.getClassName()} layer "${head!.layer.name}" is called at ${count} ` +
        'places; name the layer whose output to use in {features}',
    );
  if (head !== undefined) return head;
  if (model.outputs.length > 1)
    throw new Error(
      `${caller}: "${model.name}" has ${model.outputs.length} outputs and no Dense layer at its top level; ` +
        'name the layer whose output to use in {features}',
    );
  return { within: [], tensor: model.outputs[0]! };
}

/** The output of a layer's first call. */
function outputOf(model: LayersModel, path: string, calls: Calls): Place | undefined {
  const layer = model.layers.find(({ name }) => name === path);
  if (layer !== undefined) return { within: [], tensor: calls.get(layer)![0]!.outputTensors[0]! };
  for (const outer of model.layers) {
    if (!(outer instanceof Model) || !path.startsWith(`${outer.name}/`)) continue;
    const inner = outputOf(outer, path.slice(outer.name.length + 1), calls);
    if (inner === undefined) continue;
    // A model that a Sequential begins with is not called: its tensors are the Sequential's own.
    const call = calls.get(outer)?.[0];
    return call === undefined ? inner : { ...inner, within: [{ model: outer, call }, ...inner.within] };
  }
  return undefined;
}

/** How images go through a model. */
export interface BatchOptions {
  /** How many at a time. Default: as many as `evaluationBatch` says. */
  batchSize?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Hears how many went through, batch by batch. */
  onImages?: ((images: number) => void) | undefined;
}

/**
 * Runs images, or what stands for them, one tensor an input, through `extractor` in inference mode: [images, features],
 * flattened.
 *
 * The caller disposes of the result. Between batches the event loop gets its turn, and `signal` is heard.
 */
export async function extractFeatures(
  extractor: LayersModel,
  images: Tensor | readonly Tensor[] | ImageRows,
  options: BatchOptions = {},
): Promise<Tensor2D> {
  const outputs = await runInBatches(extractor, images, options);
  const features = reshape<Rank.R2>(outputs[0]!, [outputs[0]!.shape[0], -1]);
  outputs.forEach((output) => output.dispose());
  return features;
}

/**
 * Runs images, one tensor an input, through a model in inference mode, by default as many at a time as
 * `evaluationBatch` says: one tensor an output; the caller disposes of them.
 */
export async function runInBatches(
  model: LayersModel,
  images: Tensor | readonly Tensor[] | ImageRows,
  { batchSize, signal, onImages }: BatchOptions = {},
): Promise<Tensor[]> {
  const shapes = [images].flat().map(({ shape }) => shape);
  const size = batchSize ?? evaluationBatch(model, shapes);
  const count = shapes[0]![0];
  const parts: Tensor[][] = [];
  try {
    for await (const batch of batchesOf(images, size)) {
      try {
        await yieldToHost(signal);
        parts.push(tidy(() => [model.predictOnBatch(batch.length === 1 ? batch[0]! : batch)].flat()));
        onImages?.(batch[0]!.shape[0]);
      } finally {
        batch.forEach((input) => input.dispose());
      }
    }
    return parts[0]!.map((_, output) => concat(parts.map((part) => part[output]!)));
  } catch (error) {
    if (!isExhaustion(error)) throw error;
    const images = Math.min(size, count);
    throw new Error(
      `${images} images at a time, for which "${model.name}" wants about ${megabytes(
        images * activationBytes(model, shapes),
      )}: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    parts.flat().forEach((part) => part.dispose());
  }
}

/** Images in their order, `size` at a time, one tensor an input; whoever iterates disposes of them. */
async function* batchesOf(images: Tensor | readonly Tensor[] | ImageRows, size: number): AsyncGenerator<Tensor[]> {
  const [first] = [images].flat();
  const count = first!.shape[0];
  const starts = Array.from({ length: Math.ceil(count / size) }, (_, batch) => batch * size);
  if (isImageRows(images)) {
    const parts = starts.map((start) =>
      Int32Array.from({ length: Math.min(size, count - start) }, (_, i) => start + i),
    );
    for await (const tensor of readInTurn(images, parts)) yield [tensor];
    return;
  }
  for (const start of starts) yield [images].flat().map((input) => slice(input, start, Math.min(size, count - start)));
}
