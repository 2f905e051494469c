/**
 * The networks of "Very Deep Convolutional Networks" (Simonyan and Zisserman, 2015) as torchvision has them, plain and
 * with batch normalisation (`vgg11_bn`, the VGG-11 of the paper's experiments).
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, oneOf, options as optionsOf, real } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { NamedLayers } from '../building/namedLayers.js';
import { TORCHVISION, torchvisionFile } from '../building/torchvision.js';
import { adaptiveAveragePooling2d } from '../layers/adaptiveAveragePooling2d.js';

/** Convolutions of each stage, behind which height and width are halved. */
const STAGES = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
} as const;

const WIDTHS = [64, 128, 256, 512, 512];

/** The networks by name. */
export type VggName = `vgg${11 | 13 | 16 | 19}${'' | '_bn'}`;

/** What a user of a VGG chooses. */
export interface VggOptions extends ModelOptions {
  /** The share of values that the two dropouts of the head drop in training, in [0, 1). Default 0.5. */
  dropout?: number | undefined;
}

export const vggArguments: Entries<{ name: VggName; options: VggOptions }> = {
  name: oneOf('vgg11', 'vgg11_bn', 'vgg13', 'vgg13_bn', 'vgg16', 'vgg16_bn', 'vgg19', 'vgg19_bn'),
  options: optionsOf<VggOptions>({ ...modelOptions, dropout: real({ min: 0, below: 1 }) }),
};

/**
 * Builds a VGG, by default for 224 x 224 pixels and 1000 classes.
 *
 * Shapes: `[batch, height, width, channels]`, height and width from 32 on, to logits `[batch, classes]`, without
 * softmax. Feature maps of other sizes than 7 x 7 are pooled to it, as torchvision does. The head flattens them with
 * channels last, PyTorch with channels first: loading weights reorders the first linear layer.
 *
 * Random weights follow torchvision: convolutions are normal with variance 2 / fan-out, linear layers normal with
 * deviation 0.01, both cut at two deviations, biases are 0.
 *
 * @throws TypeError or RangeError for a name or options that are not as stated.
 */
export function vgg(name: VggName, options: VggOptions = {}): LayersModel {
  check('vgg', vggArguments, { name, options });
  const { classes = 1000, inputShape = [224, 224, 3], dropout = 0.5 } = options;
  for (const side of inputShape.slice(0, 2)) {
    if (side !== null && side < 32)
      throw new RangeError(`vgg: height and width of inputShape must be at least 32, got ${side}; resize the images`);
  }
  const net = new NamedLayers(options);
  const image = input({ shape: [...inputShape], name: 'input' });
  let x = vggFeatures(name, net, image);
  x = net.apply(layers.flatten({ name: 'flatten' }), x);
  for (const first of [0, 3]) {
    x = net.dense(x, `classifier.${first}`, { units: 4096, initial: 0.01 });
    x = net.relu(`classifier.${first + 1}`)(x);
    x = net.dropout(x, `classifier.${first + 2}`, dropout);
  }
  return model({ inputs: image, outputs: net.dense(x, 'classifier.6', { units: classes, initial: 0.01 }), name });
}

/** The convolutions of a VGG and its pool to 7 x 7, which need a hundredth of the memory of its head. */
export function vggFeatures(name: VggName, net: NamedLayers, image: SymbolicTensor): SymbolicTensor {
  const [stages, normalized] = name.split('_') as [keyof typeof STAGES, 'bn' | undefined];
  // PyTorch counts the modules of a Sequential.
  let index = 0;
  const next = (): string => `features.${index++}`;
  let x = image;
  STAGES[stages].forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      x = net.convolution(x, next(), { filters: WIDTHS[stage]!, kernelSize: 3, bias: true });
      if (normalized) x = net.batchNorm(x, next());
      x = net.relu(next())(x);
    }
    x = net.apply(layers.maxPooling2d({ poolSize: 2, strides: 2, name: next() }), x);
  });
  return net.apply(adaptiveAveragePooling2d({ outputSize: 7, name: 'avgpool' }), x);
}

/** VGG-11 to 19; the weights are torchvision's `IMAGENET1K_V1`. */
export const vggs: Family = {
  models: {
    vgg11: (options) => vgg('vgg11', options),
    vgg11_bn: (options) => vgg('vgg11_bn', options),
    vgg13: (options) => vgg('vgg13', options),
    vgg13_bn: (options) => vgg('vgg13_bn', options),
    vgg16: (options) => vgg('vgg16', options),
    vgg16_bn: (options) => vgg('vgg16_bn', options),
    vgg19: (options) => vgg('vgg19', options),
    vgg19_bn: (options) => vgg('vgg19_bn', options),
  },
  get weights() {
    const of = (name: VggName, file: string, accuracy: number) => ({
      ...TORCHVISION,
      ...torchvisionFile(file),
      build: (options?: ModelOptions) => vgg(name, options),
      accuracy,
    });
    return {
      'vgg11.tv_in1k': of('vgg11', 'vgg11-8a719046.pth', 0.6902),
      'vgg11_bn.tv_in1k': of('vgg11_bn', 'vgg11_bn-6002323d.pth', 0.7037),
      'vgg13.tv_in1k': of('vgg13', 'vgg13-19584684.pth', 0.69928),
      'vgg13_bn.tv_in1k': of('vgg13_bn', 'vgg13_bn-abd245e5.pth', 0.71586),
      'vgg16.tv_in1k': of('vgg16', 'vgg16-397923af.pth', 0.71592),
      'vgg16_bn.tv_in1k': of('vgg16_bn', 'vgg16_bn-6c64b313.pth', 0.7336),
      'vgg19.tv_in1k': of('vgg19', 'vgg19-dcbb9e9d.pth', 0.72376),
      'vgg19_bn.tv_in1k': of('vgg19_bn', 'vgg19_bn-c79401a0.pth', 0.74218),
    };
  },
};
