/**
 * A new linear head on a network.
 */
import type { ClassifierMeta } from '@curvature-tuning/data';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { slice, sum, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { layers as layersNamespace, LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers, model as functional } from '@tensorflow/tfjs-layers';
import { handOver } from '../copy/ownership.js';
import type { Random } from '../examples/random.js';
import { setMeta } from '../model/classifier/meta.js';
import { outputKind } from '../model/classifier/outputKind.js';
import { carryMetadata } from '../model/trainedBeside.js';
import { unusedName } from '../host/unusedName.js';

/** A head as one matrix, `[features + 1, classes]`, with the bias in the last row. */
export type HeadWeights = Tensor2D;

/**
 * PyTorch's default for a linear layer: weight and bias uniform in ±1/sqrt(features).
 *
 * Where there is one class the head is zero, and stays so: its one logit then says that class, and not the second of
 * two.
 */
export function initialHead(features: number, classes: number, random: Random): HeadWeights {
  const values =
    classes === 1 ? new Float32Array(features + 1) : random.uniform((features + 1) * classes, 1 / Math.sqrt(features));
  return tensor2d(values, [features + 1, classes]);
}

/** A head, and where it goes. */
export interface HeadPlan {
  /** At the top level of the model. */
  features: SymbolicTensor;
  weights: HeadWeights;
  /** Of the classifier's name, behind the model's. */
  suffix: string;
  meta: ClassifierMeta;
}

/**
 * The classifier that has a linear head on features of `model`, flattened. It owns the layers that it has; those behind
 * the features are freed. What the user set on the model (`setUserDefinedMetadata`) goes along, and `meta` with it.
 */
export function attachHead(
  model: LayersModel,
  { features, weights, suffix, meta }: HeadPlan,
): { classifier: LayersModel; head: layersNamespace.Layer } {
  const { head, logits } = linearHead(model, features, weights.shape[1]);
  setHead(head, weights);
  const classifier = functional({ inputs: model.inputs, outputs: logits, name: `${model.name}_${suffix}` });
  carryMetadata(model, classifier);
  setMeta(classifier, { ...meta, output: outputKind(classifier) });
  handOver(model, classifier);
  return { classifier, head };
}

/** A linear head, of zeros, on `features`, flattened; its names are not those of layers of `model`. */
export function linearHead(
  model: LayersModel,
  features: SymbolicTensor,
  classes: number,
): { head: layersNamespace.Layer; logits: SymbolicTensor } {
  const names = new Set(model.layers.map(({ name }) => name));
  const flat =
    features.shape.length > 2 ? layers.flatten({ name: unusedName('features', names) }).apply(features) : features;
  const head = layers.dense({ units: classes, name: unusedName('head', names), kernelInitializer: 'zeros' });
  return { head, logits: head.apply(flat) as SymbolicTensor };
}

/** Writes a head's matrix into its layer. */
export function setHead(head: layersNamespace.Layer, weights: HeadWeights): void {
  tidy(() => {
    const [rows, classes] = [weights.shape[0] - 1, weights.shape[1]];
    // A sum over the one row, not a reshape of it: the wasm backend takes a bias for what its buffer was made as.
    head.setWeights([slice(weights, [0, 0], [rows, classes]), sum(slice(weights, [rows, 0], [1, classes]), 0)]);
  });
}
