/**
 * Squeeze and excitation (Hu et al., 2018), as torchvision's MobileNetV3 and EfficientNet have it.
 */

import type { layers as Layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';
import type { Activation, NamedLayers } from './namedLayers.js';

/** What the gate is made of. */
export interface SqueezeExcite {
  /** Channels between the two convolutions. */
  squeeze: number;
  /** Between them. */
  activation: Activation;
  /** Makes the layer that brings the channels' factors into [0, 1]. */
  gate: (name: string) => Layers.Layer;
}

/**
 * Weighs channels by what all of the image has in them.
 *
 *     y = x·gate(fc2(act(fc1(mean of x over height, width))))
 *
 * Layers: `name.fc1`, `name.activation`, `name.fc2`, `name.scale_activation`; `fc1` and `fc2` are 1x1 convolutions.
 */
export function squeezeExcite(
  net: NamedLayers,
  x: SymbolicTensor,
  name: string,
  { squeeze, activation, gate }: SqueezeExcite,
): SymbolicTensor {
  const channels = x.shape[3]!;
  let y = net.apply(layers.globalAveragePooling2d({ name: `${name}.avgpool` }), x);
  y = net.apply(layers.reshape({ targetShape: [1, 1, channels], name: `${name}.reshape` }), y);
  y = net.convolution(y, `${name}.fc1`, { filters: squeeze, kernelSize: 1, bias: true });
  y = net.activation(activation, `${name}.activation`)(y);
  y = net.convolution(y, `${name}.fc2`, { filters: channels, kernelSize: 1, bias: true });
  y = net.apply(gate(`${name}.scale_activation`), y);
  return net.apply(layers.multiply({ name: `${name}.scale` }), [x, y]);
}
