/**
 * The network of "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (Sandler et al., 2018) as torchvision has it.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, options as optionsOf } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import type { Convolution } from '../building/namedLayers.js';
import { NamedLayers } from '../building/namedLayers.js';
import { TORCHVISION, torchvisionFile } from '../building/torchvision.js';

export const mobilenetV2Arguments: Entries<{ options: ModelOptions }> = {
  options: optionsOf<ModelOptions>(modelOptions),
};

/** Expansion, output channels, blocks and stride of the first of them, stage by stage: table 2 of the paper. */
const STAGES = [
  { expansion: 1, channels: 16, blocks: 1, stride: 1 },
  { expansion: 6, channels: 24, blocks: 2, stride: 2 },
  { expansion: 6, channels: 32, blocks: 3, stride: 2 },
  { expansion: 6, channels: 64, blocks: 4, stride: 2 },
  { expansion: 6, channels: 96, blocks: 3, stride: 1 },
  { expansion: 6, channels: 160, blocks: 3, stride: 2 },
  { expansion: 6, channels: 320, blocks: 1, stride: 1 },
];

/**
 * Builds MobileNetV2, by default for 224 x 224 pixels and 1000 classes: 3 504 872 parameters, 35 ReLU6.
 *
 *     block(x) = x' + bn(conv1x1(act(bn(depthwise3x3(act(bn(conv1x1(x))))))))
 *
 * where x' is x, or 0 where the block strides or changes the channels. Shapes: `[batch, height, width, channels]` to
 * logits `[batch, classes]`, without softmax. A dropout of 0.2 stands before the head.
 *
 * Random weights follow torchvision: convolutions are normal with variance 2 / fan-out, the head normal with deviation
 * 0.01, both cut at two deviations.
 *
 * @throws TypeError or RangeError for options that are not as stated.
 */
export function mobilenetV2(options: ModelOptions = {}): LayersModel {
  check('mobilenetV2', mobilenetV2Arguments, { options });
  const { classes = 1000, inputShape = [224, 224, 3] } = options;
  const net = new NamedLayers(options);

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = activated(net, image, 'features.0', { filters: 32, kernelSize: 3, strides: 2 });
  let index = 1;
  for (const { expansion, channels, blocks, stride } of STAGES) {
    for (let i = 0; i < blocks; i++) {
      const strides = i === 0 ? stride : 1;
      x = block(net, x, { name: `features.${index++}.conv`, expansion, channels, strides });
    }
  }
  x = activated(net, x, `features.${index}`, { filters: 1280, kernelSize: 1 });
  x = net.apply(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  x = net.dropout(x, 'classifier.0', 0.2);
  const logits = net.dense(x, 'classifier.1', { units: classes, initial: 0.01 });
  return model({ inputs: image, outputs: logits, name: 'mobilenet_v2' });
}

/** A convolution, depthwise where it says no filters, its normalisation and a ReLU6. */
function activated(net: NamedLayers, x: SymbolicTensor, name: string, convolution: Convolution): SymbolicTensor {
  const { filters } = convolution;
  const y =
    filters === undefined
      ? net.depthwise(x, `${name}.0`, convolution)
      : net.convolution(x, `${name}.0`, { ...convolution, filters });
  return net.activation('relu6', `${name}.2`)(net.batchNorm(y, `${name}.1`));
}

function block(
  net: NamedLayers,
  x: SymbolicTensor,
  { name, expansion, channels, strides }: { name: string; expansion: number; channels: number; strides: number },
): SymbolicTensor {
  const inputs = x.shape[3]!;
  let [y, index] = [x, 0];
  if (expansion > 1) y = activated(net, y, `${name}.${index++}`, { filters: expansion * inputs, kernelSize: 1 });
  y = activated(net, y, `${name}.${index++}`, { kernelSize: 3, strides });
  y = net.convolution(y, `${name}.${index}`, { filters: channels, kernelSize: 1 });
  y = net.batchNorm(y, `${name}.${index + 1}`);
  return strides === 1 && inputs === channels ? net.add(x, y, name) : y;
}

/** MobileNetV2; the weights are torchvision's `IMAGENET1K_V1` and `V2`. */
export const mobilenetsV2: Family = {
  models: { mobilenet_v2: mobilenetV2 },
  get weights() {
    return {
      'mobilenet_v2.tv_in1k': {
        ...TORCHVISION,
        ...torchvisionFile('mobilenet_v2-b0353104.pth'),
        build: mobilenetV2,
        accuracy: 0.71878,
      },
      'mobilenet_v2.tv2_in1k': {
        ...TORCHVISION,
        ...torchvisionFile('mobilenet_v2-7ebf99e0.pth'),
        build: mobilenetV2,
        cropPct: 224 / 232,
        accuracy: 0.72154,
        testSet: 'ImageNet-1k validation, 50 000 images, central 224 x 224 of short side 232',
      },
    };
  },
};
