/**
 * S-CT on the plane: a head for each of a few betas, trained side by side on features that do not change; the beta
 * whose head has the least loss is the network's.
 */
import { add, dispose, gather, matMul, mean, relu, stack, sub, tidy, train, variable } from '@tensorflow/tfjs-core';
import { abs, exp, log1p, mul, neg, reshape, sum, tensor1d, variableGrads } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs-core';
import { model as modelOf } from '@tensorflow/tfjs-layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { replaceActivations } from '@curvature-tuning/layers';
import { RATE } from './adapting.ts';
import type { Adapting, Examples } from './adapting.ts';

/** What is tried. */
const BETAS = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1] as const;

/**
 * Begins to steer a perceptron, which is its own from then on.
 *
 * @param examples To train the heads on, and to choose among them by; they stay the caller's.
 */
export function steering(base: LayersModel, { x, y }: Examples): Adapting {
  const { model, setBeta } = replaceActivations(base);
  const logit = model.getLayer('logit');
  const trunk = modelOf({ inputs: model.inputs, outputs: logit.input });
  const features = tidy(() =>
    stack(
      BETAS.map((beta) => {
        setBeta(beta);
        return trunk.apply(x) as Tensor;
      }),
    ),
  );
  // Every head sets out from the network's own.
  const start = logit.getWeights();
  const [kernel, bias] = start.map((weight, i) =>
    tidy(() => variable(stack(BETAS.map(() => (i === 0 ? weight : reshape(weight, [1, 1])))))),
  ) as [Variable, Variable];
  const adam = train.adam(RATE);
  const losses = (): Tensor1D => {
    const logits = add(matMul(features, kernel), bias);
    return mean(crossEntropy(logits, y), [1, 2]);
  };
  let best = BETAS.length - 1;
  return {
    // The one number, and the head.
    parameters: 1 + start.reduce((total, { size }) => total + size, 0),
    beta: () => BETAS[best]!,
    step: () => {
      const { value, grads } = variableGrads(() => sum(losses()), [kernel, bias]);
      adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      dispose([value, ...Object.values(grads)]);
    },
    settle: async () => {
      const now = tidy(losses);
      const [values, biases] = await Promise.all([now.data(), bias.data()]);
      now.dispose();
      best = values.indexOf(Math.min(...values));
      setBeta(BETAS[best]!);
      // A tensor of its own: tfjs-backend-wasm refuses as a bias what was once of another rank.
      tidy(() => logit.setWeights([gather(kernel, best), tensor1d([biases[best]!])]));
      return model;
    },
    dispose: () => {
      adam.dispose();
      dispose([features, kernel, bias]);
      model.dispose();
      base.dispose();
    },
  };
}

/** Of logits with labels 0 and 1, in the form that does not overflow: max(z, 0) − z·y + log(1 + exp(−|z|)). */
function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return add(sub(relu(logits), mul(logits, labels)), log1p(exp(neg(abs(logits)))));
}
