/**
 * The Wide ResNets of "Wide Residual Networks" (Zagoruyko and Komodakis, 2016) as RobustBench has them, for images of
 * 32 x 32 pixels: `wrn_28_10` has depth 28 and width 10.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, count, objectWith, options as optionsOf, satisfying } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { NamedLayers } from '../building/namedLayers.js';

/** Which of the family. */
export interface WideResNetSize {
  /** Convolutions on the longest way: 6n + 4 with n blocks in each of three stages. */
  readonly depth: number;
  /** What the stages of 16, 32 and 64 channels are times as wide. */
  readonly width: number;
}

export const wideResnetArguments: Entries<{ size: WideResNetSize; options: ModelOptions }> = {
  size: satisfying(
    objectWith<WideResNetSize>({ depth: count, width: count }, ['depth', 'width']),
    ({ depth, width }) => depth >= 10 && depth % 6 === 4 && depth < 1000 && width < 1000,
    { expects: 'a depth of 6n + 4 from 10 on, and a width, both under 1000' },
  ),
  options: optionsOf<ModelOptions>(modelOptions),
};

/**
 * Builds a Wide ResNet, by default for 32 x 32 pixels and 10 classes.
 *
 *     block(x) = x' + conv(ReLU(bn(conv(ReLU(bn(x)))))),   x' = x, or a 1x1 convolution of ReLU(bn(x)) if it widens
 *
 * Shapes: `[batch, height, width, channels]` to logits `[batch, classes]`, without softmax. Pixels are in [0, 1], or
 * as the weights want them. Dropout inside blocks, 0 in all published weights, is left out.
 *
 * Random weights: convolutions are normal with variance 2 / fan-out, `fc` uniform within 1 / sqrt(fan-in), bias 0.
 *
 * @throws TypeError or RangeError for a size or options that are not as stated.
 */
export function wideResnet(size: WideResNetSize, options: ModelOptions = {}): LayersModel {
  check('wideResnet', wideResnetArguments, { size, options });
  const { depth, width } = size;
  const name = `wrn_${depth}_${width}`;
  const { classes = 10, inputShape = [32, 32, 3] } = options;
  const net = new NamedLayers(options);

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = net.convolution(image, 'conv1', { filters: 16, kernelSize: 3 });
  for (let stage = 0; stage < 3; stage++) {
    for (let i = 0; i < (depth - 4) / 6; i++) {
      const strides = stage > 0 && i === 0 ? 2 : 1;
      x = block(net, x, { name: `block${stage + 1}.layer.${i}`, filters: 16 * width * 2 ** stage, strides });
    }
  }
  x = net.relu('relu')(net.batchNorm(x, 'bn1'));
  x = net.apply(layers.globalAveragePooling2d({ name: 'avg_pool' }), x);
  return model({ inputs: image, outputs: net.dense(x, 'fc', { units: classes }), name });
}

function block(
  net: NamedLayers,
  x: SymbolicTensor,
  { name, filters, strides }: { name: string; filters: number; strides: number },
): SymbolicTensor {
  const active = net.relu(`${name}.relu1`)(net.batchNorm(x, `${name}.bn1`));
  let y = net.convolution(active, `${name}.conv1`, { filters, kernelSize: 3, strides });
  y = net.relu(`${name}.relu2`)(net.batchNorm(y, `${name}.bn2`));
  y = net.convolution(y, `${name}.conv2`, { filters, kernelSize: 3 });
  const shortcut =
    x.shape[3] === filters ? x : net.convolution(active, `${name}.convShortcut`, { filters, kernelSize: 1, strides });
  return net.add(shortcut, y, name);
}

/** Any `wrn_depth_width`; RobustBench's weights are in its own table. */
export const wideResnets: Family = {
  models: {
    wrn_16_4: (options) => wideResnet({ depth: 16, width: 4 }, options),
    wrn_28_4: (options) => wideResnet({ depth: 28, width: 4 }, options),
    wrn_28_10: (options) => wideResnet({ depth: 28, width: 10 }, options),
    wrn_34_10: (options) => wideResnet({ depth: 34, width: 10 }, options),
    wrn_34_15: (options) => wideResnet({ depth: 34, width: 15 }, options),
    wrn_34_20: (options) => wideResnet({ depth: 34, width: 20 }, options),
    wrn_40_2: (options) => wideResnet({ depth: 40, width: 2 }, options),
  },
  byName: (name) => {
    const [, depth, width] = /^wrn_(\d+)_(\d+)$/.exec(name) ?? [];
    if (depth === undefined) return undefined;
    return (options) => wideResnet({ depth: Number(depth), width: Number(width) }, options);
  },
  weights: {},
};
