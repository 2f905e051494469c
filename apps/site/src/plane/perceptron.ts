/**
 * The network of the plane, and how it is trained and looked at.
 */
import { dispose, losses, tensor2d, tidy, train, variableGrads } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import type { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import type { PointSet } from './pointSets.ts';

/** Units of a hidden layer: the paper draws its boundaries with two layers of 20. */
export const WIDTH = 20;

/** 2 inputs, two hidden layers of ReLUs, 1 logit; weights drawn by a seed. */
export function perceptron(seed: number): Sequential {
  const kernelInitializer = (at: number): ReturnType<typeof initializers.heNormal> =>
    initializers.heNormal({ seed: 10 * seed + at });
  return sequential({
    layers: [
      layers.dense({ units: WIDTH, activation: 'relu', inputShape: [2], kernelInitializer: kernelInitializer(1) }),
      layers.dense({ units: WIDTH, activation: 'relu', kernelInitializer: kernelInitializer(2) }),
      layers.dense({ units: 1, name: 'logit', kernelInitializer: kernelInitializer(3) }),
    ],
  });
}

/** Points and labels as tensors, which the caller disposes of. */
export function tensorsOf({ points, labels }: PointSet): { x: Tensor2D; y: Tensor2D; dispose: () => void } {
  const x = tensor2d(points, [labels.length, 2]);
  const y = tensor2d(Float32Array.from(labels), [labels.length, 1]);
  return { x, y, dispose: () => dispose([x, y]) };
}

/** A network that learns step by step: Adam on the whole set, mean cross-entropy of its logit. */
export interface Learner {
  /** One step. Returns the loss before it, which the caller reads and disposes of. */
  step: () => Scalar;
  dispose: () => void;
}

/** Lets `variables`, those that a model computes with, learn from points. */
export function learner(
  model: LayersModel,
  variables: Variable[],
  { x, y }: { x: Tensor2D; y: Tensor2D },
  learningRate: number,
): Learner {
  const adam = train.adam(learningRate);
  return {
    step: () => {
      const { value, grads } = variableGrads(
        () => losses.sigmoidCrossEntropy(y, model.apply(x, { training: true }) as Tensor2D),
        variables,
      );
      adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      dispose(grads);
      return value;
    },
    dispose: () => adam.dispose(),
  };
}

/** The variables behind the trainable weights of a model or a layer. */
export function variablesOf({ trainableWeights }: Pick<LayersModel, 'trainableWeights'>): Variable[] {
  return trainableWeights.map((weight) => weight.read() as Variable);
}

/** Logits of a model at points, `[n]`. */
export async function logitsAt(model: LayersModel, points: Tensor2D): Promise<Float32Array> {
  // All at once: predict would cut them into batches of 32.
  const logits = tidy(() => model.apply(points) as Tensor);
  const values = (await logits.data()) as Float32Array;
  logits.dispose();
  return values;
}

/** The share of points whose logit has the sign of their class. */
export function shareRight(logits: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (logits[i]! > 0 === (labels[i] === 1)) right++;
  return right / labels.length;
}
