/**
 * What networks of normalised residual branches, Swin transformers and ConvNeXt, are built of beside the layers that
 * all have: a network without them does not ship it.
 */

import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { lastAxisNormalization } from '../layers/lastAxisNormalization.js';
import { stochasticDepth } from '../layers/stochasticDepth.js';
import { NamedLayers } from './namedLayers.js';

/** Applies layers, all initialised in one way. */
export class ResidualLayers extends NamedLayers {
  /** Layer normalisation over the channels. */
  layerNorm(x: SymbolicTensor, name: string, { epsilon = 1e-5 }: { epsilon?: number } = {}): SymbolicTensor {
    return this.apply(lastAxisNormalization({ epsilon, name }), x);
  }

  /** A branch that training leaves out of some examples; the branch itself where the rate is 0. */
  stochasticDepth(x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
    return rate === 0 ? x : this.apply(stochasticDepth({ rate, name, ...this.nextSeed() }), x);
  }
}
