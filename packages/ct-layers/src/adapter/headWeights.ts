/**
 * Gives a Dense layer weights for another number of classes.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import { LayerVariable } from '@tensorflow/tfjs-layers';
import { fieldsOf, variableOf } from '../host/layerInternals.js';

/** The fields of a Dense layer and of its output that say how many classes there are; protected in tfjs' typings. */
type DenseFields = {
  kernel: LayerVariable;
  bias: LayerVariable | null;
  units: number;
  _trainableWeights: LayerVariable[];
};

/**
 * Writes one weight of a head. Where the number of classes changes, the layer gets a variable of the new shape, and the
 * layer and its symbolic output say so; a compiled model must be compiled again.
 */
export function writeHead(head: layers.Layer, name: 'kernel' | 'bias', value: Tensor): void {
  const fields = fieldsOf(head) as DenseFields;
  const old = fields[name];
  if (old === null)
    throw new Error(
      `applyAdapter: the adapter has a bias for the head, and "${head.name}" has none; build the head with ` +
        'useBias: true',
    );
  if (old.shape.join() === value.shape.join()) {
    variableOf(old).assign(value);
    return;
  }
  const fresh = new LayerVariable(value, 'float32', old.originalName, old.trainable);
  fields._trainableWeights = fields._trainableWeights.map((weight) => (weight === old ? fresh : weight));
  fields[name] = fresh;
  old.dispose();
  fields.units = value.shape.at(-1)!;
  const { outputTensors, outputShapes } = head.inboundNodes[0]!;
  for (const shape of [outputTensors[0]!.shape, outputShapes[0] as Shape]) shape[shape.length - 1] = fields.units;
}
