/**
 * Four ways to adapt a trained network to other points, from one start and with one budget of steps. The network's own
 * weights stay as they are in all four.
 */
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { replaceActivations } from '@curvature-tuning/layers';
import { curvatureLayers } from '@curvature-tuning/layers/model';
import { applyLora, loraLayers } from '@curvature-tuning/lora-baseline';
import { learner, perceptron, variablesOf } from './perceptron.ts';
import { steering } from './steering.ts';
import type { WayName } from './ways.ts';

/** Where T-CT sets out: at ReLU itself the curvature has next to no gradient. */
const FIRST_BETA = 0.9;

/** Of Adam, for all that is trained; large, because so little is. */
export const RATE = 0.03;

/** Points as tensors, `[n, 2]`, and their classes, `[n, 1]`. */
export interface Examples {
  x: Tensor2D;
  y: Tensor2D;
}

/** A network that is being adapted. */
export interface Adapting {
  /** Numbers that are trained, the head's 21 among them. */
  parameters: number;
  /** One step on the training points. */
  step: () => void;
  /** The network as it is by now; it stays the owner's. */
  settle: () => Promise<LayersModel>;
  /** Of S-CT alone: the beta that is ahead. */
  beta?: () => number;
  dispose: () => void;
}

/**
 * Begins to adapt copies of a network in each way.
 *
 * @param base A `perceptron`, trained; stays as it is.
 * @param examples To train on; they stay the caller's, and are needed as long as what is returned.
 */
export function adaptInFourWays(base: LayersModel, examples: Examples): Record<WayName, Adapting> {
  const plain = { relu: copyOf(base), sct: copyOf(base), lora: copyOf(base), tct: copyOf(base) };
  const curved = replaceActivations(plain.tct, { sharing: 'channel', trainable: true, beta: FIRST_BETA }).model;
  const units = [...curvatureLayers(curved).values()];
  const low = applyLora(plain.lora, { exclude: 'logit', seed: 1 }).model;
  const factors = [...loraLayers(low).values()].flatMap(({ lora }) => Object.values(lora.variables));
  return {
    relu: training([plain.relu], [], examples),
    sct: steering(plain.sct, examples),
    lora: training([low, plain.lora], factors.map(behind), examples),
    tct: training([curved, plain.tct], units.flatMap(variablesOf), examples),
  };
}

/** The variable of a weight. */
const behind = (weight: LayerVariable): Variable => weight.read() as Variable;

function copyOf(base: LayersModel): LayersModel {
  const model = perceptron(1);
  model.setWeights(base.getWeights());
  return model;
}

/** Trains variables of a model and its head; what the model was made of goes with it. */
function training(
  models: readonly [trained: LayersModel, made?: LayersModel],
  own: readonly Variable[],
  examples: Examples,
): Adapting {
  const [model] = models;
  const variables = [...own, ...variablesOf(model.getLayer('logit'))];
  const fit = learner(model, variables, examples, RATE);
  return {
    parameters: variables.reduce((sum, { size }) => sum + size, 0),
    step: () => fit.step().dispose(),
    settle: () => Promise.resolve(model),
    dispose: () => {
      fit.dispose();
      for (const each of models) each?.dispose();
    },
  };
}
