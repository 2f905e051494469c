/**
 * The residual networks of "Deep Residual Learning for Image Recognition" (He et al., 2015) as trainable tfjs-layers
 * models: torchvision's ResNet-18 to 152 and the small ResNet-8, 14 and 20 for images of 16 to 64 pixels. Layers bear
 * the names of torchvision's modules, so its weights load by name, and every ReLU is a layer of its own, so that it
 * can be replaced. The weights that exist are listed at the end.
 */

import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  count,
  filledText,
  listOf,
  oneOf,
  options as optionsOf,
  satisfying,
  whole,
} from '@curvature-tuning/checks';
import { bundledFile } from '@curvature-tuning/files';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family, PretrainedWeights } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { NamedLayers } from '../building/namedLayers.js';
import { TORCHVISION } from '../building/torchvision.js';
import { paddedMaxPooling2d } from '../layers/paddedMaxPooling2d.js';

/** What the networks of the family differ in. */
export interface ResNetArchitecture {
  /** The name of the model. */
  readonly name: string;
  /** `basic`: two 3x3 convolutions; `bottleneck`: 1x1, 3x3 and 1x1 to four times the width. */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each stage. Every stage but the first halves height and width. */
  readonly blocks: readonly number[];
  /** The width of the 3x3 convolutions of each stage; the stem has the first. */
  readonly widths: readonly number[];
  /** `imagenet`: 7x7 of stride 2 and a 3x3 max pool of stride 2; `small`: 3x3 of `stemStride`, no pool. */
  readonly stem: 'imagenet' | 'small';
}

export const architectureArguments: Entries<{ architecture: ResNetArchitecture }> = {
  architecture: satisfying(
    optionsOf<ResNetArchitecture>(
      {
        name: filledText,
        block: oneOf('basic', 'bottleneck'),
        blocks: listOf(whole({ min: 1, max: 1000 }), { min: 1 }),
        widths: listOf(count, { min: 1 }),
        stem: oneOf('imagenet', 'small'),
      },
      ['name', 'block', 'blocks', 'widths', 'stem'],
    ),
    ({ blocks, widths }) => blocks.length === widths.length,
    { expects: 'an architecture with as many widths as blocks, one for each stage' },
  ),
};

/** What a user of a residual network chooses. */
export interface ResNetOptions extends ModelOptions {
  /** The stride of a small network's stem, 1 by default; `imagenet` stems have 2 in any case. */
  stemStride?: 1 | 2 | undefined;
}

export const resnetArguments: Entries<{ options: ResNetOptions }> = {
  options: optionsOf<ResNetOptions>({ ...modelOptions, stemStride: whole({ min: 1, max: 2 }) as Schema<1 | 2> }),
};

/**
 * Builds a residual network.
 *
 *     logits = fc(mean over height, width of stages(stem(x)))
 *     block(x) = ReLU(x' + branch(x)),   x' = x, or BatchNorm(conv1x1(x)) where the shape changes
 *
 * Shapes: `[batch, height, width, channels]` to logits `[batch, classes]`, without softmax.
 *
 * As in torchvision: padding is symmetric; a bottleneck strides in its 3x3 convolution ("V1.5"); the one `relu` of
 * a basic block acts at two places and is one layer with two nodes, while a bottleneck has `relu1`, `relu2`, `relu3`
 * (torchvision has one there too, but its sites differ in width); BatchNorm has epsilon 1e-5 and momentum 0.9, which
 * PyTorch calls 0.1. Departure: in training tfjs averages the biased batch variance into the moving one, PyTorch
 * the unbiased: a factor of n / (n - 1) for n = batch * height * width.
 *
 * Random weights follow torchvision: convolutions are normal with variance 2 / fan-out (truncated at two standard
 * deviations), BatchNorm is the identity, `fc` uniform within 1 / sqrt(fan-in), with bias 0.
 *
 * @throws TypeError or RangeError, in the name of the architecture, for options that are not as stated.
 */
export function resnet(architecture: ResNetArchitecture, options: ResNetOptions = {}): LayersModel {
  check('resnet', architectureArguments, { architecture });
  check(architecture.name, resnetArguments, { options });
  const { name, block, blocks, widths, stem } = architecture;
  const isSmall = stem === 'small';
  const { classes = isSmall ? 10 : 1000, inputShape = isSmall ? [32, 32, 3] : [224, 224, 3], stemStride = 1 } = options;
  const net = new NamedLayers(options);
  const addBlock = block === 'basic' ? basicBlock : bottleneck;

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = isSmall
    ? net.convolution(image, 'conv1', { filters: widths[0]!, kernelSize: 3, strides: stemStride })
    : net.convolution(image, 'conv1', { filters: widths[0]!, kernelSize: 7, strides: 2 });
  x = net.relu('relu')(net.batchNorm(x, 'bn1'));
  if (!isSmall) x = net.apply(paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1, name: 'maxpool' }), x);
  blocks.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = addBlock(net, x, { name: `layer${stage + 1}.${i}`, width: widths[stage]!, stride });
    }
  });
  x = net.apply(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  return model({ inputs: image, outputs: net.dense(x, 'fc', { units: classes }), name });
}

const IMAGENET = { stem: 'imagenet', widths: [64, 128, 256, 512] } as const;
const SMALL = { stem: 'small', block: 'basic', widths: [16, 32, 64] } as const;

/** Builds torchvision's ResNet-18: 11 689 512 parameters for 1000 classes, 17 ReLU sites in 9 layers. */
export function resnet18(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...IMAGENET, name: 'resnet18', block: 'basic', blocks: [2, 2, 2, 2] }, options);
}

/** Builds torchvision's ResNet-34: 21 797 672 parameters for 1000 classes, 33 ReLU sites in 17 layers. */
export function resnet34(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...IMAGENET, name: 'resnet34', block: 'basic', blocks: [3, 4, 6, 3] }, options);
}

/** Builds torchvision's ResNet-50: 25 557 032 parameters for 1000 classes, 49 ReLU layers. */
export function resnet50(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...IMAGENET, name: 'resnet50', block: 'bottleneck', blocks: [3, 4, 6, 3] }, options);
}

/** Builds torchvision's ResNet-101: 44 549 160 parameters for 1000 classes, 100 ReLU layers. */
export function resnet101(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...IMAGENET, name: 'resnet101', block: 'bottleneck', blocks: [3, 4, 23, 3] }, options);
}

/** Builds torchvision's ResNet-152: 60 192 808 parameters for 1000 classes, 151 ReLU layers. */
export function resnet152(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...IMAGENET, name: 'resnet152', block: 'bottleneck', blocks: [3, 8, 36, 3] }, options);
}

/** Builds the small ResNet-8 (one basic block a stage): 78 042 trainable parameters for 10 classes and RGB. */
export function resnet8(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...SMALL, name: 'resnet8', blocks: [1, 1, 1] }, options);
}

/** Builds the small ResNet-14 (two basic blocks a stage): 175 258 trainable parameters for 10 classes and RGB. */
export function resnet14(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...SMALL, name: 'resnet14', blocks: [2, 2, 2] }, options);
}

/**
 * Builds the small ResNet-20 (three basic blocks a stage): 272 474 trainable parameters for 10 classes and RGB.
 *
 * Departure from section 4.2 of the paper: a projection, not zero padding, where the width changes.
 */
export function resnet20(options: ResNetOptions = {}): LayersModel {
  return resnet({ ...SMALL, name: 'resnet20', blocks: [3, 3, 3] }, options);
}

/** What is told of a block. */
interface Block {
  name: string;
  /** Channels of its inner convolutions. */
  width: number;
  stride: 1 | 2;
}

function basicBlock(net: NamedLayers, x: SymbolicTensor, block: Block): SymbolicTensor {
  const { name, width: filters, stride: strides } = block;
  const relu = net.relu(`${name}.relu`);
  let y = net.convolution(x, `${name}.conv1`, { filters, kernelSize: 3, strides });
  y = relu(net.batchNorm(y, `${name}.bn1`));
  y = net.convolution(y, `${name}.conv2`, { filters, kernelSize: 3, strides: 1 });
  y = net.batchNorm(y, `${name}.bn2`);
  return relu(net.add(y, shortcut(net, x, block), name));
}

function bottleneck(net: NamedLayers, x: SymbolicTensor, block: Block): SymbolicTensor {
  const { name, width: filters, stride: strides } = block;
  const wide = 4 * filters;
  let y = net.convolution(x, `${name}.conv1`, { filters, kernelSize: 1, strides: 1 });
  y = net.relu(`${name}.relu1`)(net.batchNorm(y, `${name}.bn1`));
  y = net.convolution(y, `${name}.conv2`, { filters, kernelSize: 3, strides });
  y = net.relu(`${name}.relu2`)(net.batchNorm(y, `${name}.bn2`));
  y = net.convolution(y, `${name}.conv3`, { filters: wide, kernelSize: 1, strides: 1 });
  y = net.batchNorm(y, `${name}.bn3`);
  return net.relu(`${name}.relu3`)(net.add(y, shortcut(net, x, { ...block, width: wide }), name));
}

/** The input itself, or its projection where the block changes the shape. */
function shortcut(net: NamedLayers, x: SymbolicTensor, { name, width, stride }: Block): SymbolicTensor {
  if (stride === 1 && x.shape[3] === width) return x;
  const y = net.convolution(x, `${name}.downsample.0`, { filters: width, kernelSize: 1, strides: stride });
  return net.batchNorm(y, `${name}.downsample.1`);
}

/**
 * The weights that exist for this family, as `architecture.tag`.
 *
 * `resnet14.mnist` is part of this package. The others are torchvision's `IMAGENET1K_V1`, which timm publishes as
 * safetensors under the tag `tv_in1k` (its default tags are other recipes); accuracies are torchvision's own, and
 * `sha256` is null because we could not hash the published files.
 */
const resnetWeights: Readonly<Record<string, PretrainedWeights>> = {
  'resnet14.mnist': {
    build: (options) => resnet14({ ...options, stemStride: 2 }),
    inputShape: [28, 28, 1],
    classes: 10,
    mean: [0.131],
    std: [0.308],
    accuracy: 0.9944,
    testSet: 'MNIST test, 10 000 images',
    bytes: () =>
      bundledFile('models', 'resnet14.mnist.safetensors', () => import('../../assets/resnet14.mnist.safetensors.js')),
    sha256: 'e3cdf7d09c542bb51248f93c408cbddc78c19b320ed3d4240237d1a41faa4440',
    licence: 'Apache-2.0',
    source: 'tools/golden/train/resnet14_mnist.py, seed 0, on MNIST (Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0)',
  },
  'resnet18.tv_in1k': {
    ...TORCHVISION,
    build: resnet18,
    accuracy: 0.69758,
    source: 'https://huggingface.co/timm/resnet18.tv_in1k',
  },
  'resnet34.tv_in1k': {
    ...TORCHVISION,
    build: resnet34,
    accuracy: 0.73314,
    source: 'https://huggingface.co/timm/resnet34.tv_in1k',
  },
  'resnet50.tv_in1k': {
    ...TORCHVISION,
    build: resnet50,
    accuracy: 0.7613,
    source: 'https://huggingface.co/timm/resnet50.tv_in1k',
  },
  'resnet101.tv_in1k': {
    ...TORCHVISION,
    build: resnet101,
    accuracy: 0.77374,
    source: 'https://huggingface.co/timm/resnet101.tv_in1k',
  },
  'resnet152.tv_in1k': {
    ...TORCHVISION,
    build: resnet152,
    accuracy: 0.78312,
    source: 'https://huggingface.co/timm/resnet152.tv_in1k',
  },
};

/** ResNet-18 to 152 and the small ones. */
export const resnets: Family = {
  models: { resnet8, resnet14, resnet18, resnet20, resnet34, resnet50, resnet101, resnet152 },
  weights: resnetWeights,
};
