/**
 * Zero padding in front of a max-pool, which a curved activation breaks.
 *
 * After a ReLU nothing is negative, so that a padded zero never wins over an activation that is there: the zeros stand
 * for "nothing". phi is negative at times, and then they would win. The lowest float32 stands for "nothing" in both.
 */
import { LayersModel } from '@tensorflow/tfjs-layers';
import type { Layer } from '../host/layerInternals.js';
import { LowestPadding2D } from './lowestPadding2d.js';
import { callOf, entryOf, modelsIn } from '../model/modelConfig.js';
import { recognise } from './recognise.js';

/** Layers whose output is not negative when none of their inputs is. */
const KEEPS_SIGN = new Set([
  'Dropout',
  'SpatialDropout1D',
  'MaxPooling2D',
  'AveragePooling2D',
  'UpSampling2D',
  'Cropping2D',
  'Concatenate',
  'Add',
  'Average',
  'Maximum',
  'Minimum',
  'Multiply',
  'ZeroPadding2D',
]);

/** What is known of the values of a layer: never negative but for a replaced activation, never negative, or nothing. */
type Sign = 'replaced' | 'nonNegative' | 'unknown';

/**
 * The padding layers of a model and of those in it that must pad with something else once activations are replaced:
 * layer -> class.
 *
 * Those between a replaced activation, perhaps through layers that keep the sign, and max-pools. What a model gets from
 * outside counts as unknown, so that a nested model that begins with such a padding stays as it is.
 *
 * @param isReplaced Whether the ReLU or ReLU6 of a layer is replaced.
 * @throws Error where one padding feeds both a max-pool and something else, for which zero is right.
 */
export function padWithLowest(model: LayersModel, isReplaced: (layer: Layer) => boolean): Map<Layer, string> {
  const changed = new Map<Layer, string>();
  const every = new Set(modelsIn(model).flatMap(({ layers: own }) => own));
  for (const layer of every) {
    if (layer.getClassName() !== 'ZeroPadding2D') continue;
    const consumers = layer.outboundNodes
      .map(({ outboundLayer }) => outboundLayer)
      .filter((consumer) => every.has(consumer));
    const pools = consumers.filter((consumer) => consumer.getClassName() === 'MaxPooling2D');
    if (pools.length === 0 || signOfInputs(layer, isReplaced) !== 'replaced') continue;
    if (pools.length < consumers.length) {
      const other = consumers.find((consumer) => !pools.includes(consumer))!;
      throw new Error(
        `replaceActivations: "${layer.name}" pads with zeros for the max-pool "${pools[0]!.name}", where they ` +
          'win over the negative values of a replaced activation, ' +
          `and for "${other.name}"; give each its own padding layer, or exclude the activation before it`,
      );
    }
    changed.set(layer, LowestPadding2D.className);
  }
  return changed;
}

function signOfInputs(layer: Layer, isReplaced: (layer: Layer) => boolean): Sign {
  const signs = layer.inboundNodes.flatMap(({ inboundLayers }) =>
    inboundLayers.map((source) => signOf(source, isReplaced)),
  );
  if (signs.length === 0 || signs.includes('unknown')) return 'unknown';
  return signs.includes('replaced') ? 'replaced' : 'nonNegative';
}

function signOf(layer: Layer, isReplaced: (layer: Layer) => boolean): Sign {
  if (isReplaced(layer)) return 'replaced';
  if (layer instanceof LayersModel) return signOf(callOf(layer.outputs[0]!).outboundLayer, isReplaced);
  if (KEEPS_SIGN.has(layer.getClassName())) return signOfInputs(layer, isReplaced);
  return ['relu', 'relu6'].includes(recognise(entryOf(layer))?.kind ?? '') ? 'nonNegative' : 'unknown';
}
