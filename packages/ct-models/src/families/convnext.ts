/**
 * ConvNeXt of "A ConvNet for the 2020s" (Liu et al., 2022), as torchvision has it: Tiny, Small, Base and Large. Layers
 * bear the names of torchvision's modules, so that its weights load by name. The weights that exist are listed at the
 * end.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, options as optionsOf, real, satisfying } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { BuildModel, Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { ResidualLayers } from '../building/residualLayers.js';
import { TORCHVISION, torchvisionFile } from '../building/torchvision.js';
import { layerScale } from '../layers/layerScale.js';

/** What a user of a ConvNeXt chooses; its images have 32 pixels a side or more. */
export interface ConvNextOptions extends ModelOptions {
  /** The share of examples that training leaves out of the last branch, the others less. Default 0.1. */
  stochasticDepth?: number | undefined;
}

export const convnextArguments: Entries<{ options: ConvNextOptions }> = {
  options: optionsOf<ConvNextOptions>({
    ...modelOptions,
    inputShape: satisfying(
      modelOptions.inputShape,
      (sides) => sides.every((n, i) => i === 2 || n === null || n >= 32),
      {
        expects: '[height, width, channels] with height and width of 32 or more, null where they vary',
      },
    ),
    stochasticDepth: real({ min: 0, below: 1 }),
  }),
};

/** What networks of the family differ in. */
interface ConvNextArchitecture {
  name: string;
  /** Blocks and channels of each stage. */
  stages: readonly { blocks: number; width: number }[];
  /** Stochastic depth of the last block. */
  depthRate: number;
}

/** The hidden width of a block over its width. */
const EXPANSION = 4;
/** torchvision's, of all normalisations of the family. */
const NORM = { epsilon: 1e-6 } as const;
const DEVIATION = 0.02;

/**
 * Builds a ConvNeXt.
 *
 *     logits = linear(norm(mean over height, width of stages(norm(patches(x)))))
 *     block(x) = x + scale linear(GELU(linear(norm(depthwise 7x7(x)))))
 *
 * Shapes: `[batch, height, width, channels]` to logits `[batch, classes]`. LayerNorm has epsilon 1e-6, the scale of a
 * branch is 1e-6 at first.
 *
 * Random weights are normal with deviation 0.02 as torchvision's, cut at two deviations; biases are 0.
 *
 * @throws TypeError or RangeError, in the name of the architecture, for options that are not as stated.
 */
export function convnext({ name, stages, depthRate }: ConvNextArchitecture, options: ConvNextOptions): LayersModel {
  check(name, convnextArguments, { options });
  const { classes = 1000, inputShape = [224, 224, 3], stochasticDepth = depthRate } = options;
  const net = new ResidualLayers(options);
  const total = stages.reduce((sum, { blocks }) => sum + blocks, 0);

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = net.convolution(image, 'features.0.0', { ...patches(4), filters: stages[0]!.width });
  x = net.layerNorm(x, 'features.0.1', NORM);
  let done = 0;
  stages.forEach(({ blocks, width }, stage) => {
    if (stage > 0) {
      x = net.layerNorm(x, `features.${2 * stage}.0`, NORM);
      x = net.convolution(x, `features.${2 * stage}.1`, { ...patches(2), filters: width });
    }
    for (let i = 0; i < blocks; i++)
      x = block(net, x, `features.${2 * stage + 1}.${i}`, (stochasticDepth * done++) / (total - 1));
  });
  x = net.apply(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  x = net.layerNorm(x, 'classifier.0', NORM);
  return model({
    inputs: image,
    outputs: net.dense(x, 'classifier.2', { units: classes, initial: DEVIATION }),
    name,
  });
}

/** Stages of three blocks, but the third, every one twice as wide as the one before. */
function stagesOf(width: number, third: number): ConvNextArchitecture['stages'] {
  return [3, 3, third, 3].map((blocks, stage) => ({ blocks, width: width * 2 ** stage }));
}

/** Builds torchvision's ConvNeXt-Tiny: 28 589 128 parameters for 1000 classes, 18 sites of 384 to 3072 channels. */
export function convnextTiny(options: ConvNextOptions = {}): LayersModel {
  return convnext({ name: 'convnext_tiny', stages: stagesOf(96, 9), depthRate: 0.1 }, options);
}

/** Builds torchvision's ConvNeXt-Small: 50 223 688 parameters for 1000 classes, 36 sites of 384 to 3072 channels. */
export function convnextSmall(options: ConvNextOptions = {}): LayersModel {
  return convnext({ name: 'convnext_small', stages: stagesOf(96, 27), depthRate: 0.4 }, options);
}

/** Builds torchvision's ConvNeXt-Base: 88 591 464 parameters for 1000 classes, 36 sites of 512 to 4096 channels. */
export function convnextBase(options: ConvNextOptions = {}): LayersModel {
  return convnext({ name: 'convnext_base', stages: stagesOf(128, 27), depthRate: 0.5 }, options);
}

/** Builds torchvision's ConvNeXt-Large: 197 767 336 parameters for 1000 classes, 36 sites of 768 to 6144 channels. */
export function convnextLarge(options: ConvNextOptions = {}): LayersModel {
  return convnext({ name: 'convnext_large', stages: stagesOf(192, 27), depthRate: 0.5 }, options);
}

/** A convolution of patches side by side. */
function patches(side: number): { kernelSize: number; strides: number; padding: 0; bias: true; initial: number } {
  return { kernelSize: side, strides: side, padding: 0, bias: true, initial: DEVIATION };
}

function block(net: ResidualLayers, x: SymbolicTensor, name: string, rate: number): SymbolicTensor {
  const width = x.shape[3]!;
  let y = net.depthwise(x, `${name}.block.0`, { kernelSize: 7, bias: true, initial: DEVIATION });
  y = net.layerNorm(y, `${name}.block.2`, NORM);
  y = net.dense(y, `${name}.block.3`, { units: EXPANSION * width, initial: DEVIATION });
  y = net.activation('gelu', `${name}.block.4`)(y);
  y = net.dense(y, `${name}.block.5`, { units: width, initial: DEVIATION });
  // Named as the block, whose own parameter the scale is in torchvision.
  y = net.apply(layerScale({ name }), y);
  return net.add(x, net.stochasticDepth(y, `${name}.stochastic_depth`, rate), name);
}

/** What torchvision says of the `IMAGENET1K_V1` of one network; accuracies are its own. */
function weightsOf(build: BuildModel, file: string, { accuracy, short }: { accuracy: number; short: number }) {
  return {
    ...TORCHVISION,
    ...torchvisionFile(file),
    build,
    cropPct: 224 / short,
    accuracy,
    testSet: `ImageNet-1k validation, 50 000 images, central 224 x 224 of short side ${short}`,
  };
}

/** ConvNeXt-Tiny to -Large; the weights are torchvision's `IMAGENET1K_V1`. */
export const convnexts: Family = {
  models: {
    convnext_tiny: convnextTiny,
    convnext_small: convnextSmall,
    convnext_base: convnextBase,
    convnext_large: convnextLarge,
  },
  get weights() {
    return {
      'convnext_tiny.tv_in1k': weightsOf(convnextTiny, 'convnext_tiny-983f1562.pth', { accuracy: 0.8252, short: 236 }),
      'convnext_small.tv_in1k': weightsOf(convnextSmall, 'convnext_small-0c510722.pth', {
        accuracy: 0.83616,
        short: 230,
      }),
      'convnext_base.tv_in1k': weightsOf(convnextBase, 'convnext_base-6075fbad.pth', { accuracy: 0.84062, short: 232 }),
      'convnext_large.tv_in1k': weightsOf(convnextLarge, 'convnext_large-ea097f82.pth', {
        accuracy: 0.84414,
        short: 232,
      }),
    };
  },
};
