/**
 * Splits a model into what no curvature acts on and the rest.
 */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, model as functional } from '@tensorflow/tfjs-layers';
import { Copier } from '../copy/copier.js';
import { CTActivation } from '../unit/ctActivation.js';
import { unitsOf } from '../unit/unitHolder.js';
import type { Layer } from '../host/layerInternals.js';
import type { LayerCall } from '../model/modelConfig.js';
import { callOf, callsTo, innerModel, leafLayers } from '../model/modelConfig.js';
import { unusedName } from '../host/unusedName.js';

/** Two models that make up a third, whose weights they share. */
export interface SplitModel {
  /** From the model's input to everything that the suffix takes, of the model's own layers. */
  prefix: LayersModel;
  suffix: LayersModel;
  /** Frees what is not the model's. */
  dispose: () => void;
}

/**
 * Splits a functional model before its first CT layers; undefined where nothing lies before them, or where a layer
 * holds CT layers that cannot be copied (those of a GraphModel). A nested model is not divided.
 */
export function splitAtCurvature(model: LayersModel): SplitModel | undefined {
  const calls = callsTo(model.outputs);
  // In the order in which they were made, so that what a call takes is known before it.
  const curved = new Set<LayerCall>();
  for (const call of calls) {
    if (
      leavesOf(call.outboundLayer).some(holdsCurvature) ||
      inputsOf(call).some((tensor) => curved.has(callOf(tensor)))
    )
      curved.add(call);
  }
  if (curved.size === 0 || calls.every((call) => curved.has(call) || call.inboundLayers.length === 0)) return undefined;
  if ([...curved].some(({ outboundLayer }) => leavesOf(outboundLayer).some((leaf) => unitsOf(leaf) !== undefined)))
    return undefined;

  const names = new Set(model.layers.map(({ name }) => name));
  const cuts = new Map<SymbolicTensor, SymbolicTensor>();
  for (const tensor of [...[...curved].flatMap(inputsOf), ...model.outputs]) {
    if (!curved.has(callOf(tensor)) && !cuts.has(tensor))
      cuts.set(
        tensor,
        input({ batchShape: tensor.shape, dtype: tensor.dtype, name: unusedName(`cut_${cuts.size}`, names) }),
      );
  }
  const prefix = functional({ inputs: model.inputs, outputs: [...cuts.keys()] });
  const suffix = new Copier('splitAtCurvature', { known: cuts }).copyUpTo(model.outputs);
  return { prefix, suffix, dispose: () => void suffix.dispose() };
}

function inputsOf({ inboundLayers, inputTensors }: LayerCall): SymbolicTensor[] {
  return inboundLayers.length === 0 ? [] : inputTensors;
}

function leavesOf(layer: Layer): Layer[] {
  const inner = innerModel(layer);
  return inner === undefined ? [layer] : leafLayers(inner).map((leaf) => leaf.layer);
}

function holdsCurvature(layer: Layer): boolean {
  return layer instanceof CTActivation || unitsOf(layer) !== undefined;
}
