/**
 * The batch normalisations of a model, wherever they are: what they store, and what they see of a batch.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, keep, mean, mul, reshape, rsqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { fieldsOf } from '../host/layerInternals.js';
import { markOurs } from '../host/ownCalls.js';
import type { HeldNormalization } from '../unit/heldNormalization.js';
import { asUnitHolder } from '../unit/unitHolder.js';
import { leafLayers } from '../model/modelConfig.js';

/** A batch normalisation, and what it stores. */
export interface Normalization {
  path: string;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
  /** Has it normalise by the batch, and report the batch's statistics, until what is returned is called. */
  observe: (report: (moments: BatchMoments) => void) => () => void;
}

/** Means and variances of one normalisation in one batch, `[channels]` each, over `count` entries a channel. */
export interface BatchMoments {
  mean: Tensor;
  variance: Tensor;
  count: number;
}

/** The batch normalisations of a model, those of nested models and of a GraphModel within too, each once. */
export function normalizationsOf(model: LayersModel): Normalization[] {
  return leafLayers(model).flatMap(({ path, layer }): Normalization[] => {
    const held = asUnitHolder(layer)?.normalizations;
    if (held !== undefined) return [...held.values()].map(ofHeld);
    return layer.getClassName() === 'BatchNormalization' ? [ofLayer(path, layer)] : [];
  });
}

/** All moving statistics of a model. */
export function statisticsOf(model: LayersModel): LayerVariable[] {
  return normalizationsOf(model).flatMap(({ movingMean, movingVariance }) => [movingMean, movingVariance]);
}

function ofHeld(held: HeldNormalization): Normalization {
  const { node: path, movingMean, movingVariance } = held;
  const observe: Normalization['observe'] = (report) =>
    held.replace((x, scale, offset, epsilon) =>
      tidy(() => normalizedByBatch(x, x.rank - 1, { gamma: scale, beta: offset, epsilon }, report)),
    );
  return { path, movingMean, movingVariance, observe };
}

function ofLayer(path: string, layer: layers.Layer): Normalization {
  const fields = fieldsOf(layer);
  const { movingMean, movingVariance } = fields as Record<'movingMean' | 'movingVariance', LayerVariable>;
  const weight = (name: 'gamma' | 'beta'): Tensor | undefined => (fields[name] as LayerVariable | null)?.read();
  const observe: Normalization['observe'] = (report) => {
    const before = Object.getOwnPropertyDescriptor(fields, 'call');
    fields['call'] = markOurs((inputs: Tensor | Tensor[]) => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const { axis, epsilon } = fields as { axis: number; epsilon: number };
      const channel = axis < 0 ? axis + x.rank : axis;
      return tidy(() =>
        normalizedByBatch(x, channel, { gamma: weight('gamma'), beta: weight('beta'), epsilon }, report),
      );
    });
    return () => {
      if (before === undefined) delete fields['call'];
      else Object.defineProperty(fields, 'call', before);
    };
  };
  return { path, movingMean, movingVariance, observe };
}

/** Normalises over all axes but one by the batch itself; whoever hears the statistics disposes of them. */
function normalizedByBatch(
  x: Tensor,
  channel: number,
  { gamma, beta, epsilon }: { gamma: Tensor | undefined; beta: Tensor | undefined; epsilon: number },
  report: (moments: BatchMoments) => void,
): Tensor {
  const across = x.shape.map((_, i) => i).filter((i) => i !== channel);
  const along = x.shape.map((size, i) => (i === channel ? size : 1));
  const m = mean(x, across, true);
  const centred = sub(x, m);
  const variance = mean(square(centred), across, true);
  report({
    mean: keep(reshape(m, [-1])),
    variance: keep(reshape(variance, [-1])),
    count: x.size / x.shape[channel]!,
  });
  const r = rsqrt(add(variance, epsilon));
  const y = mul(centred, gamma === undefined ? r : mul(reshape(gamma, along), r));
  return beta === undefined ? y : add(y, reshape(beta, along));
}
