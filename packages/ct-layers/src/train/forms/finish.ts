/**
 * How layers with a kernel end: by their bias and their activation.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, matching, tensorOf } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** The fields of such a layer, which tfjs types as protected. */
export interface Finishing {
  bias: LayerVariable | null;
  activation: {
    /** Its class in tfjs-layers, such as `relu`. */
    getClassName: () => string;
    /** The activation of a tensor. */
    apply: (x: Tensor) => Tensor;
  } | null;
}

export const finishArguments: Entries<{ layer: Finishing; y: Tensor }> = {
  layer: matching(isFinishing, { expects: 'a built layer with a bias or null, and with an activation or null' }),
  y: tensorOf<Tensor>(),
};

/**
 * activation(y + bias), each where the layer has it.
 *
 * @param layer Dense or a convolution, built.
 * @param y What its kernel makes of the input, channels last.
 * @returns A tensor of y's shape; y itself where there is neither.
 * @throws TypeError naming what is none of this.
 */
export function finish(layer: Finishing, y: Tensor): Tensor {
  check('finish', finishArguments, { layer, y });
  return activated(layer, layer.bias === null ? y : add(y, layer.bias.read()));
}

/** The activation alone. */
export function activated({ activation }: Pick<Finishing, 'activation'>, y: Tensor): Tensor {
  return activation === null || activation.getClassName() === 'linear' ? y : activation.apply(y);
}

function isFinishing(value: unknown): value is Finishing {
  const has = (field: unknown, method: string): boolean =>
    field === null || typeof (field as Record<string, unknown> | undefined)?.[method] === 'function';
  const { bias, activation } = Object(value) as Partial<Record<keyof Finishing, unknown>>;
  return has(bias, 'read') && has(activation, 'apply') && has(activation, 'getClassName');
}
