/**
 * Batch normalisation in training, and the curvature unit behind it, which it computes in the same pass where it can.
 */
import { normalizeBatch } from '@curvature-tuning/activation';
import type { NormalizeBatchParameters } from '@curvature-tuning/activation';
import type { GradSaveFunc, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { add, customGrad, mul, ones, rsqrt, sub, tidy, zeros } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { CTActivation } from '../../unit/ctActivation.js';
import type { HeldNormalization } from '../../unit/heldNormalization.js';
import { isRecording } from '../../host/recording.js';
import type { Fields, Form } from './form.js';
import { isTrained, read, single } from './form.js';

/** The units that have been computed with the normalisation before them, by their values. */
const done = new WeakSet<Tensor>();

/** Whether a tensor is the value of the unit that gets it. */
export const isDone = (x: Tensor): boolean => done.has(x);

/** `BatchNormalization`, with the unit that alone gets what it gives. */
export const normalization =
  (unit: CTActivation | undefined): Form =>
  (layer, stock, { mode, moving }) =>
  (inputs, kwargs) => {
    const training = kwargs['training'] === true && mode.batchNorm !== 'frozen';
    const x = single(inputs);
    const { axis, epsilon, momentum } = layer as Fields & Record<'axis' | 'epsilon' | 'momentum', number>;
    const isLast = axis === -1 || axis === x.rank - 1;
    if (!isLast || (!training && !isRecording())) return stock(inputs, { ...kwargs, training });
    const [movingMean, movingVariance] = [layer['movingMean'], layer['movingVariance']] as [
      LayerVariable,
      LayerVariable,
    ];
    const [gamma, beta] = [read(layer['gamma']), read(layer['beta'])];
    const isScaleTrained = isTrained(layer['gamma']) || isTrained(layer['beta']);
    return tidy(() => {
      if (!training) return affine(x, { gamma, beta, movingMean, movingVariance, epsilon, isTrained: isScaleTrained });
      const channels = x.shape.at(-1)!;
      const together = unit?.perChannel() ?? null;
      const parameters: NormalizeBatchParameters = {
        scale: (gamma ?? ones([channels])) as Tensor1D,
        offset: (beta ?? zeros([channels])) as Tensor1D,
        epsilon,
        unit: together,
      };
      const y = normalizeBatch(
        x,
        parameters,
        { scale: isScaleTrained, unit: unit?.isCurvatureTrained ?? false },
        (statistics) => {
          moving.note({ statistics, count: x.size / channels, momentum, movingMean, movingVariance });
        },
      );
      if (together !== null) done.add(y);
      return y;
    });
  };

/** The momentum of Keras, for the normalisations of a graph, which has none. */
const MOMENTUM = 0.99;

/** A layer that holds batch normalisations, as the one that runs a GraphModel does. */
export const heldNormalizations =
  (normalizations: ReadonlyMap<string, HeldNormalization>): Form =>
  (_, stock, { mode, moving }) =>
  (inputs, kwargs) => {
    if (kwargs['training'] !== true || mode.batchNorm === 'frozen') return stock(inputs, kwargs);
    const restore = [...normalizations.values()].map((held) =>
      held.replace((x, scale, offset, epsilon) => {
        const parameters = { scale: scale as Tensor1D, offset: offset as Tensor1D, epsilon, unit: null };
        return normalizeBatch(x, parameters, { scale: false, unit: false }, (statistics) => {
          const { movingMean, movingVariance } = held;
          moving.note({ statistics, count: x.size / x.shape.at(-1)!, momentum: MOMENTUM, movingMean, movingVariance });
        });
      }),
    );
    try {
      return stock(inputs, kwargs);
    } finally {
      restore.forEach((undo) => undo());
    }
  };

interface Stored {
  gamma: Tensor | null;
  beta: Tensor | null;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
  epsilon: number;
  isTrained: boolean;
}

/** By the stored statistics: scale·x + offset, of which nothing is kept where neither is trained. */
function affine(x: Tensor, { gamma, beta, movingMean, movingVariance, epsilon, isTrained }: Stored): Tensor {
  const r = rsqrt(add(movingVariance.read(), epsilon));
  const scale = gamma === null ? r : mul(gamma, r);
  const shift = mul(movingMean.read(), scale);
  const offset = beta === null ? mul(shift, -1) : sub(beta, shift);
  if (isTrained) return add(mul(x, scale), offset);
  return customGrad((...args) => {
    const [input, save] = args as [Tensor, GradSaveFunc];
    save([scale]);
    return {
      value: add(mul(input, scale), offset),
      gradFunc: (dy: Tensor, [factor]: Tensor[]) => mul(dy, factor!),
    };
  })(x);
}
