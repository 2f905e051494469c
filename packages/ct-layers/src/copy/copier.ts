/**
 * One copying of a model, or of a part of one: what stands for which layer, model and tensor.
 */
import { cloned } from '@curvature-tuning/checks';
import { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  input,
  LayersModel as Functional,
  model as functional,
  Sequential,
  sequential,
  SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { CopyContext } from './copyLayer.js';
import { copyLayer, refuse, shareWeights } from './copyLayer.js';
import type { Layer } from '../host/layerInternals.js';
import { internals } from '../host/layerInternals.js';
import type { LayerCall, LayerEntry } from '../model/modelConfig.js';
import { callOf, callsTo, entryOf, modelsIn } from '../model/modelConfig.js';
import { free, own } from './ownership.js';
import { rethrow } from '../host/rethrow.js';
import { checkSame } from './sameLayer.js';
import { unusedName } from '../host/unusedName.js';

/**
 * What takes the place of one call of a leaf layer: layers that are called one after the other. Those of one name are
 * one layer, whatever calls they stand for.
 *
 * @param call Counts the calls of the layer, from 0.
 */
export type Change = (layer: Layer, entry: LayerEntry, call: number) => LayerEntry[];

/** What else becomes of a copy. */
export interface CopierOptions {
  change?: Change | undefined;
  /** The calls that are copied, by layer, for `change` to count. */
  calls?: ReadonlyMap<Layer, readonly LayerCall[]> | undefined;
  /** Tensors that have their stand-in already; what leads to them is not copied. */
  known?: ReadonlyMap<SymbolicTensor, SymbolicTensor> | undefined;
  /** Whether a Sequential that begins with a model becomes a functional model that calls it. Default false. */
  callModels?: boolean | undefined;
}

/** Copies models; whatever it made is freed when something fails. */
export class Copier {
  /** The new layers by the layer that they stand for, and by name. */
  readonly copies: Map<Layer, Map<string, Layer>> = new Map();
  /** The new layer whose output stands for that of a layer's first call. */
  readonly standIns: Map<Layer, Layer> = new Map();
  private readonly caller: string;
  private readonly change: Change;
  private readonly calls: ReadonlyMap<Layer, readonly LayerCall[]>;
  private readonly entries = new Map<Layer, LayerEntry>();
  private readonly unchanged = new Map<Layer, LayerCall>();
  private readonly models = new Map<LayersModel, LayersModel>();
  private readonly tensors: Map<SymbolicTensor, SymbolicTensor>;
  private readonly callModels: boolean;
  private readonly context: CopyContext;

  constructor(
    caller: string,
    {
      callModels = false,
      change = (_, entry) => [entry],
      calls = new Map<Layer, LayerCall[]>(),
      known = new Map<SymbolicTensor, SymbolicTensor>(),
    }: CopierOptions = {},
  ) {
    this.caller = caller;
    this.change = change;
    this.calls = calls;
    this.tensors = new Map(known);
    this.callModels = callModels;
    this.context = { caller, copyInner: (model) => this.model(model) };
  }

  /** A copy of a model. */
  copy(model: LayersModel): LayersModel {
    const copied = modelsIn(model).filter((inner) => !this.callModels || !beginsWithModel(inner));
    return this.whole(
      copied.flatMap(({ outputs }) => outputs),
      () => this.model(model),
    );
  }

  /** A model from the stand-ins that are known to those of `outputs`. */
  copyUpTo(outputs: readonly SymbolicTensor[]): LayersModel {
    const inputs = [...this.tensors.values()];
    const inner = callsTo(outputs, this.tensors).flatMap(({ outboundLayer }) =>
      outboundLayer instanceof Functional ? modelsIn(outboundLayer) : [],
    );
    return this.whole([...outputs, ...inner.flatMap((model) => model.outputs)], () =>
      functional({ inputs, outputs: outputs.map((tensor) => this.tensor(tensor)) }),
    );
  }

  private whole(outputs: readonly SymbolicTensor[], assemble: () => LayersModel): LayersModel {
    try {
      callsTo(outputs, this.tensors).forEach((call) => this.copyCall(call));
      const copy = assemble();
      for (const [layer, copies] of this.copies) copies.forEach((step) => shareWeights(this.caller, layer, step));
      for (const [layer, call] of this.unchanged)
        checkSame(this.caller, layer, this.copies.get(layer)!.get(layer.name)!, call);
      own(copy);
      return copy;
    } catch (error) {
      return rethrow(
        error,
        ...[...this.copies.values()].flatMap((copies) => [...copies.values()].map((step) => () => free(step))),
      );
    }
  }

  private tensor(tensor: SymbolicTensor): SymbolicTensor {
    if (!this.tensors.has(tensor)) this.copyCall(callOf(tensor));
    return this.tensors.get(tensor)!;
  }

  private copyCall(call: LayerCall): void {
    if (call.outputTensors.every((tensor) => this.tensors.has(tensor))) return;
    const steps = this.steps(call);
    let values = call.outputTensors;
    if (call.inboundLayers.length === 0) {
      values = steps[0]!.inboundNodes[0]!.outputTensors;
    } else {
      values = call.inputTensors.map((tensor) => this.tensor(tensor));
      steps.forEach((step, i) => {
        values = [this.applied(call, step, values, i === 0 ? plainArguments(call) : {})].flat();
      });
    }
    call.outputTensors.forEach((tensor, i) => this.tensors.set(tensor, values[i]!));
  }

  private applied(
    call: LayerCall,
    step: Layer,
    values: SymbolicTensor[],
    kwargs: Record<string, unknown>,
  ): SymbolicTensor | SymbolicTensor[] {
    try {
      return step.apply(values.length === 1 ? values[0]! : values, kwargs) as SymbolicTensor | SymbolicTensor[];
    } catch (error) {
      return refuse(this.caller, call.outboundLayer, (error as Error).message, error);
    }
  }

  /** The layers that stand for a call, in order. */
  private steps(call: LayerCall): Layer[] {
    const layer = call.outboundLayer;
    if (layer instanceof Functional) return [this.model(layer)];
    const entry = this.entries.get(layer) ?? entryOf(layer);
    this.entries.set(layer, entry);
    const index = this.calls.get(layer)?.indexOf(call) ?? 0;
    const steps = this.change(layer, entry, index).map((step) => this.leaf(call, entry, step));
    if (index === 0) this.standIns.set(layer, steps.at(-1)!);
    return steps;
  }

  private leaf(call: LayerCall, own: LayerEntry, entry: LayerEntry): Layer {
    const layer = call.outboundLayer;
    const copies = this.copies.get(layer) ?? new Map<string, Layer>();
    this.copies.set(layer, copies);
    const copy = copies.get(entry.config.name) ?? copyLayer(this.context, layer, own, entry);
    copies.set(entry.config.name, copy);
    if (entry === own) this.unchanged.set(layer, call);
    return copy;
  }

  private model(model: LayersModel): LayersModel {
    const known = this.models.get(model);
    if (known !== undefined) return known;
    const isSequential = model instanceof Sequential;
    const stock = (isSequential ? Sequential : Functional).prototype;

    if (model.call !== stock.call) refuse(this.caller, model, 'its method call is its own');
    const make = (): LayersModel =>
      functional({
        inputs: model.inputs.map((t) => this.tensor(t)),
        outputs: model.outputs.map((t) => this.tensor(t)),
        name: model.name,
      });
    const copy = !isSequential
      ? make()
      : this.callModels && beginsWithModel(model)
        ? this.calling(model)
        : this.sequential(model);
    this.models.set(model, copy);
    internals(copy).trainable_ = internals(model).trainable_;
    const metadata = model.getUserDefinedMetadata();
    if (metadata != null) copy.setUserDefinedMetadata(cloned(metadata));
    return copy;
  }

  /** A functional model that calls the model that a Sequential begins with, and the rest on its output. */
  private calling(model: Sequential): LayersModel {
    const [first] = model.layers as [LayersModel];
    const body = this.model(first);
    const { shape, dtype } = body.inputs[0]!;
    const image = input({
      batchShape: shape,
      dtype,
      name: unusedName(`${first.name}_input`, new Set(model.layers.map(({ name }) => name))),
    });
    let value = body.apply(image) as SymbolicTensor;
    for (const call of chainOf(model).slice(1)) {
      for (const step of this.steps(call))
        value = this.applied(call, step, [value], plainArguments(call)) as SymbolicTensor;
      this.tensors.set(call.outputTensors[0]!, value);
    }
    return functional({ inputs: image, outputs: value, name: model.name });
  }

  /** As `Sequential.add` makes one of layers, but for the calls, which there are already. */
  private sequential(model: Sequential): Sequential {
    const copy = sequential({ name: model.name });
    if (model.layers.length === 0) return copy;
    const output = this.tensor(model.outputs[0]!);
    for (const call of chainOf(model)) {
      const steps =
        copy.layers.length === 0 && beginsWithModel(model)
          ? [this.model(model.layers[0] as LayersModel)]
          : this.steps(call);
      for (const step of steps) {
        if (copy.layers.length > 0) copy.layers.push(step);
        else addFirst(copy, step);
      }
    }
    copy.outputs = [output];
    copy.inboundNodes[0]!.outputTensors = copy.outputs;
    copy.inboundNodes[0]!.outputShapes = [output.shape];
    return copy;
  }
}

/**
 * Whether a model is a Sequential that begins with a model: that one is not called, its layers are part of the outer
 * graph.
 */
export function beginsWithModel(model: LayersModel): model is Sequential {
  return model instanceof Sequential && model.layers[0] instanceof Functional;
}

/**
 * The calls that a Sequential is made of, one a layer; of a model in the first place, the call that makes its output.
 */
function chainOf(model: Sequential): LayerCall[] {
  const calls = [callOf(model.outputs[0]!)];
  while (calls.length < model.layers.length) calls.unshift(callOf(calls[0]!.inputTensors[0]!));
  return calls;
}

/** Adds the first layer, of whose calls `add` wants to see the first alone. */
function addFirst(model: Sequential, layer: Layer): void {
  const calls = layer.inboundNodes;
  if (!(layer instanceof Functional)) layer.inboundNodes = calls.slice(0, 1);
  model.add(layer);
  layer.inboundNodes = calls;
}

/** The arguments of a call but for tensors, which are among its inputs. */
function plainArguments({ callArgs = {} }: LayerCall): Record<string, unknown> {
  const isTensor = (value: unknown): boolean => value instanceof SymbolicTensor || value instanceof Tensor;
  return Object.fromEntries(Object.entries(callArgs ?? {}).filter(([, value]) => ![value].flat().some(isTensor)));
}
