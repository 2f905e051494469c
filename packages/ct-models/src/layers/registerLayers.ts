/**
 * The layers that tfjs has not, made known to it.
 */

import { serialization } from '@tensorflow/tfjs-core';
import { AdaptiveAveragePooling2D } from './adaptiveAveragePooling2d.js';
import { HardSigmoid } from './hardSigmoid.js';
import { LastAxisNormalization } from './lastAxisNormalization.js';
import { LayerScale } from './layerScale.js';
import { PaddedMaxPooling2D } from './paddedMaxPooling2d.js';
import { PatchMerging } from './patchMerging.js';
import { ShiftedWindowAttention } from './shiftedWindowAttention.js';
import { Standardize } from './standardize.js';
import { StochasticDepth } from './stochasticDepth.js';

/**
 * Makes tfjs know the layer classes of this package, for a program that loads a saved network of it without having
 * built one. Building a model does it too, of the layers it has; calling it twice is harmless.
 */
export function registerLayers(): void {
  for (const layer of [
    AdaptiveAveragePooling2D,
    HardSigmoid,
    LastAxisNormalization,
    LayerScale,
    PaddedMaxPooling2D,
    PatchMerging,
    ShiftedWindowAttention,
    Standardize,
    StochasticDepth,
  ] as const)
    serialization.registerClass(layer);
}
