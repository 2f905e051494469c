/**
 * CT layers outside any model, with weights.
 */
import type { Shape } from '@tensorflow/tfjs-layers';
import { input } from '@tensorflow/tfjs-layers';
import type { CTActivationArgs, CTActivationNotes } from '../../unit/ctActivationArgs.js';
import { CTActivation } from '../../unit/ctActivation.js';

/**
 * A built CT layer for the activations of a node.
 *
 * @param node The node's name; the layer's, from which its weights have theirs, is as near to it as tfjs allows.
 * @param shape The shape that the weights are made for, batch axis first. The caller disposes of the layer.
 * @throws Error that names the node, when a layer with these settings cannot be.
 */
export function buildUnit(
  caller: string,
  node: string,
  shape: Shape,
  args: CTActivationArgs & CTActivationNotes,
): CTActivation {
  const name = node.replaceAll(/[^-A-Za-z0-9._/]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'unit';
  let layer: CTActivation | undefined;
  try {
    layer = new CTActivation({ ...args, name });
    // Applied, not only built: tfjs then puts the layer's name before those of its weights, and lets it be disposed of.
    layer.apply(input({ batchShape: shape, name: `${name}_input` }));
    return layer;
  } catch (error) {
    layer?.weights.forEach((weight) => weight.dispose());
    throw new Error(`${caller}: no CT layer can take the place of "${node}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A CT layer with the same configuration and, until either changes, the same buffers. The caller disposes of it. */
export function copyUnit(node: string, unit: CTActivation): CTActivation {
  const { beta, alpha, scale } = unit.rawWeights;
  // Sizes of shared axes do not matter; the channels are known from the weights that each have one value a channel.
  const channels = (alpha ?? scale ?? beta).shape.at(-1)!;
  const copy = buildUnit('GraphFeatures', node, [null, ...beta.shape.slice(0, -1), channels], unit.getConfig());
  copy.setWeights(unit.getWeights());
  return copy;
}
