/**
 * A head for a model that has none, such as the features of a graph: put on in place, and taken off again.
 */
import type { layers as layersNamespace, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { model as functional, Sequential } from '@tensorflow/tfjs-layers';
import { fieldsOf } from '../host/layerInternals.js';
import { linearHead } from '../head/classifierHead.js';
import { locateHead } from '../model/headOf.js';

/** What a functional model knows of its layers and outputs; its inputs stay. */
const FIELDS = [
  'outputs',
  'outputLayers',
  'outputLayersNodeIndices',
  'outputLayersTensorIndices',
  'outputNames',
  'feedOutputNames',
  'internalOutputShapes',
  'layers',
  'containerNodes',
  'nodesByDepth',
  'layersByDepth',
  'inboundNodes',
] as const;

type Fields = Partial<Record<(typeof FIELDS)[number], unknown>>;

/** The number of features that a model without a head gives; undefined of one that can be given none. */
export function headlessFeatures(model: LayersModel): number | undefined {
  if (model instanceof Sequential || model.outputs.length !== 1 || locateHead(model) !== undefined) return undefined;
  const size = model.outputs[0]!.shape.slice(1).reduce<number>((product, side) => product * (side ?? NaN), 1);
  return Number.isNaN(size) ? undefined : size;
}

/** A linear head on a model; not put on yet. */
export class GrownHead {
  readonly layer: layersNamespace.Layer;
  private readonly model: LayersModel;
  private readonly without: Fields;
  private readonly withHead: Fields;

  constructor(model: LayersModel, classes: number) {
    this.model = model;
    const [features] = model.outputs as [SymbolicTensor];
    const { head, logits } = linearHead(model, features, classes);
    this.layer = head;
    this.without = fieldsFrom(model);
    this.withHead = fieldsFrom(functional({ inputs: model.inputs, outputs: logits, name: model.name }));
    // The call that stands for the model itself, and those that other models make of it.
    const [own] = this.withHead.inboundNodes as LayersModel['inboundNodes'];
    own!.outboundLayer = model;
    this.withHead.inboundNodes = [own, ...model.inboundNodes.slice(1)];
  }

  /** Puts the head on: the model's output is logits. */
  attach(): void {
    Object.assign(fieldsOf(this.model), this.withHead);
  }

  /** Takes the head off: the model is what it was. */
  detach(): void {
    Object.assign(fieldsOf(this.model), this.without);
  }

  /** Frees the head, which is off. */
  dispose(): void {
    this.layer.dispose();
  }
}

function fieldsFrom(model: LayersModel): Fields {
  const fields = fieldsOf(model);
  return Object.fromEntries(FIELDS.filter((name) => name in fields).map((name) => [name, fields[name]]));
}
