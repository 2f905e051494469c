/**
 * Splits a model into what no curvature acts on and the rest.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { CTActivation } from './ctActivation.js';
import type { ContainerConfig, LayerEntry, NodeReference } from './modelConfig.js';
import { configOf, innerModel, leafLayers } from './modelConfig.js';
import { rebuild } from './rebuild.js';
import { unusedName } from './unusedName.js';

/** Two models that make up a third, whose weights they share. */
export interface SplitModel {
  /** From the model's input to everything that the suffix takes. */
  prefix: LayersModel;
  suffix: LayersModel;
  dispose: () => void;
}

/**
 * Splits a functional model before its first CT layers; undefined where nothing lies before them, or where a layer holds
 * CT layers that cannot be copied (those of a GraphModel). A nested model is not divided.
 */
export function splitAtCurvature(model: LayersModel): SplitModel | undefined {
  const config = configOf(model);
  const entries = new Map(config.layers.map((entry) => [entry.config.name, entry]));
  const isCurved = curvedCalls(model, entries);
  // Calls of one layer may lie on both sides; each side counts its own.
  const callsOf = ({ config: { name }, inboundNodes }: LayerEntry, side: boolean): number[] => inboundNodes!.flatMap((_, call) => (isCurved(name, call) === side ? [call] : []));
  const renumber = ([layer, call, tensor, kwargs]: NodeReference, side: boolean): NodeReference => [layer, callsOf(entries.get(layer)!, side).indexOf(call), tensor, kwargs ?? {}];
  const sideOf = (side: boolean, move: (reference: NodeReference) => NodeReference): LayerEntry[] =>
    config.layers.flatMap((entry) => {
      if (entry.inboundNodes!.length === 0) return isCurved(entry.config.name, 0) === side ? [entry] : [];
      const calls = callsOf(entry, side);
      return calls.length === 0 ? [] : [{ ...entry, inboundNodes: calls.map((call) => entry.inboundNodes![call]!.map(move)) }];
    });

  const names = new Set(entries.keys());
  const frontier = new Map<string, { reference: NodeReference; input: LayerEntry }>();
  const cut = (reference: NodeReference): NodeReference => {
    const [layer, call, tensor] = reference;
    if (isCurved(layer, call)) return renumber(reference, true);
    const key = `${layer} ${call} ${tensor}`;
    const name = frontier.get(key)?.input.config.name ?? unusedName(`cut_${frontier.size}`, names);
    const outputs = [model.getLayer(layer).getOutputAt(call)].flat();
    const input = { name, className: 'InputLayer', config: { name, batchInputShape: outputs[tensor]!.shape, dtype: outputs[tensor]!.dtype, sparse: false }, inboundNodes: [] };
    frontier.set(key, { reference: entries.get(layer)!.inboundNodes!.length === 0 ? reference : (renumber(reference, false).slice(0, 3) as NodeReference), input });
    return [name, 0, 0, {}];
  };
  const suffixLayers = sideOf(true, cut);
  const prefixLayers = sideOf(false, (reference) => (entries.get(reference[0])!.inboundNodes!.length === 0 ? reference : renumber(reference, false)));
  if (suffixLayers.some(({ config: { name } }) => 'activations' in model.getLayer(name))) return undefined;
  if (!prefixLayers.some(({ className }) => className !== 'InputLayer') || suffixLayers.length === 0) return undefined;

  const cuts = [...frontier.values()];
  const outputs = config.outputLayers!.map((reference) => renumber(reference, true).slice(0, 3) as NodeReference);
  const make = (change: Partial<ContainerConfig> & { inputLayers?: NodeReference[] }): LayersModel => rebuild(model, { ...config, ...change });
  const prefix = make({ layers: prefixLayers, outputLayers: cuts.map(({ reference }) => reference) });
  const suffix = make({ layers: [...cuts.map(({ input }) => input), ...suffixLayers], inputLayers: cuts.map(({ input }) => [input.config.name, 0, 0]), outputLayers: outputs });
  return {
    prefix,
    suffix,
    dispose: () => {
      prefix.dispose();
      suffix.dispose();
    },
  };
}

/** Whether curvature acts on what a call of a layer computes. */
function curvedCalls(model: LayersModel, entries: ReadonlyMap<string, LayerEntry>): (layer: string, call: number) => boolean {
  const known = new Map<string, boolean>();
  const isCurved = (layer: string, call: number): boolean => {
    const key = `${call} ${layer}`;
    let result = known.get(key);
    if (result === undefined) {
      result = holdsCurvature(model, layer) || (entries.get(layer)!.inboundNodes![call] ?? []).some(([source, sourceCall]) => isCurved(source, sourceCall));
      known.set(key, result);
    }
    return result;
  };
  return isCurved;
}

function holdsCurvature(model: LayersModel, name: string): boolean {
  const layer = model.getLayer(name);
  const inner = innerModel(layer);
  const leaves = inner === undefined ? [layer] : leafLayers(inner).map((leaf) => leaf.layer);
  return leaves.some((leaf) => leaf instanceof CTActivation || 'activations' in leaf);
}
