/**
 * The activations of MobileNetV3, of layers that tfjs has.
 */

import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';
import type { NamedLayers } from './namedLayers.js';

/**
 * Applies x·relu6(x + 3) / 6.
 *
 * The relu6 is a layer and bears the name, so that surgery finds and replaces it; `….shift`, `….scale` and
 * `….product` are around it.
 */
export function hardSwish(net: NamedLayers, x: SymbolicTensor, name: string): SymbolicTensor {
  const shifted = net.apply(layers.rescaling({ scale: 1, offset: 3, name: `${name}.shift` }), x);
  const clipped = net.activation('relu6', name)(shifted);
  const gate = net.apply(layers.rescaling({ scale: 1 / 6, offset: 0, name: `${name}.scale` }), clipped);
  return net.apply(layers.multiply({ name: `${name}.product` }), [x, gate]);
}
