/**
 * The kinds of activations that units replace, and where the curvature of each starts: the beta and c at which the unit
 * is the activation, or nearest to it, and from where they are trained.
 */

/**
 * What an activation was before its replacement, and the curvature at which the replacement is the original:
 *
 * | kind | replacement | is the original at |
 * | --- | --- | --- |
 * | `relu` | phi(x) | beta = 1: max(x, 0), to 7e-7 |
 * | `relu6` | phi(x) − phi(x − m), m = 6 or the layer's own maximum | beta = 1: min(max(x, 0), m) |
 * | `leakyRelu` | a·x + (1 − a)·phi(x) | beta = 1: max(x, a·x) |
 * | `silu` | phi(x), only on request | beta = 0.5, c = 1: x·sigmoid(x), to 9e-7 |
 * | `gelu` | phi(x), only on request | beta = 0.64, c = 1: x·Phi(x), to 0.0145 |
 *
 * Everything starts there: surgery unless told otherwise, steering, and training from where raw values have gradients.
 *
 * A hard-swish, x·relu6(x + 3)/6, is replaced through the relu6 inside it.
 */
export type ActivationKind = 'relu' | 'relu6' | 'leakyRelu' | 'gelu' | 'silu';

/** All values of `ActivationKind`. */
export const ACTIVATION_KINDS: readonly ActivationKind[] = ['relu', 'relu6', 'leakyRelu', 'gelu', 'silu'];

/** The kinds whose replacement tends to the original as beta -> 1: what surgery replaces unless told otherwise. */
export const DEFAULT_KINDS: readonly ActivationKind[] = ['relu', 'relu6', 'leakyRelu'];

/** A curvature and a mixing coefficient, in [0, 1] each. */
export interface Curvature {
  beta: number;
  coeff: number;
}

/** What a caller asks for in place of the curvature of a kind. */
export type AskedCurvature = { [K in keyof Curvature]?: Curvature[K] | undefined };

/** At beta = 1 every c gives the ReLU; this one keeps the mean shift small as beta falls (arXiv 2502.07783, 3.1). */
const RELU: Curvature = { beta: 1, coeff: 0.5 };

/**
 * At c = 1 the unit is x·sigmoid(x·beta / (1 − beta + 1e-6)). At beta = 0.5 that is x·sigmoid(x), the SiLU, to 9e-7; at
 * beta = 0.64 the GELU x·Phi(x), to 0.0145: the least is 0.0139, at 0.6394.
 */
const STARTS: Readonly<Record<ActivationKind, Curvature>> = {
  relu: RELU,
  relu6: RELU,
  leakyRelu: RELU,
  gelu: { beta: 0.64, coeff: 1 },
  silu: { beta: 0.5, coeff: 1 },
};

/** The curvature at which the unit of a kind is the activation that it replaces, or nearest to it; or what is asked. */
export function startOf(kind: ActivationKind, asked: AskedCurvature = {}): Curvature {
  return { beta: asked.beta ?? STARTS[kind].beta, coeff: asked.coeff ?? STARTS[kind].coeff };
}

const unit = (rawBeta: number, rawCoeff: number): Curvature => ({
  beta: 1 / (1 + Math.exp(-rawBeta)),
  coeff: 1 / (1 + Math.exp(-rawCoeff)),
});

/** The raw values that the authors train from: of ReLU their TrainableCTU's, of GELU those of their Swin runs. */
const TRAINED_RELU = unit(1.386, 0);
const TRAINING_STARTS: Readonly<Record<ActivationKind, Curvature>> = {
  relu: TRAINED_RELU,
  relu6: TRAINED_RELU,
  leakyRelu: TRAINED_RELU,
  gelu: unit(0.5767, 10),
  silu: unit(0, 10),
};

/**
 * The curvature that the unit of a kind is trained from, within (0, 1), where raw values have gradients: of a SiLU raw
 * beta 0 and raw c 10, which errs by 2e-5; of a GELU raw beta 0.5767 and raw c 10, least in the mean square; or what is
 * asked.
 */
export function trainingStartOf(kind: ActivationKind, asked: AskedCurvature = {}): Curvature {
  return { beta: asked.beta ?? TRAINING_STARTS[kind].beta, coeff: asked.coeff ?? TRAINING_STARTS[kind].coeff };
}
