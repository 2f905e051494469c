/**
 * How layers with a kernel end: by their bias and their activation.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** The fields of such a layer, which tfjs types as protected. */
export interface Finishing {
  bias: LayerVariable | null;
  activation: { getClassName: () => string; apply: (x: Tensor) => Tensor } | null;
}

/** Bias and activation, as the layer has them. */
export function finish(layer: Finishing, y: Tensor): Tensor {
  return activated(layer, layer.bias === null ? y : add(y, layer.bias.read()));
}

/** The activation alone. */
export function activated({ activation }: Pick<Finishing, 'activation'>, y: Tensor): Tensor {
  return activation === null || activation.getClassName() === 'linear' ? y : activation.apply(y);
}
