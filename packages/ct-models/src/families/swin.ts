/**
 * Swin transformers of "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows" (Liu et al., 2021), as
 * torchvision has them: Swin-T, -S and -B. Layers bear the names of torchvision's modules, so that its weights load by
 * name; every activation, and every linear map, the attention's among them, is a layer of its own, so that it can be
 * replaced or changed. The weights that exist are listed at the end.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, oneOf, options as optionsOf, real, satisfying } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family, PretrainedWeights } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { ResidualLayers } from '../building/residualLayers.js';
import { patchMerging } from '../layers/patchMerging.js';
import { shiftedWindowAttention } from '../layers/shiftedWindowAttention.js';

/** What a user of a Swin transformer chooses; height and width of its images are fixed, from 4 pixels on. */
export interface SwinOptions extends ModelOptions {
  /** What acts in its perceptrons: `'gelu'` (default), or `'relu'` as the Curvature Tuning paper pre-trains it. */
  activation?: 'gelu' | 'relu' | undefined;
  /** The share of examples that training leaves out of the last branch, the others less. Default torchvision's. */
  stochasticDepth?: number | undefined;
}

export const swinArguments: Entries<{ options: SwinOptions }> = {
  options: optionsOf<SwinOptions>({
    ...modelOptions,
    inputShape: satisfying(modelOptions.inputShape, ([height, width]) => height! >= 4 && width! >= 4, {
      expects: '[height, width, channels] with height and width fixed, of 4 or more',
    }),
    activation: oneOf('gelu', 'relu'),
    stochasticDepth: real({ min: 0, below: 1 }),
  }),
};

/** What the networks of the family differ in. */
interface SwinArchitecture {
  name: string;
  /** Blocks in each stage. */
  blocks: readonly number[];
  /** Channels of the first stage, and its heads; every stage has twice those of the one before. */
  width: number;
  heads: number;
  /** The side of a window, in places: in the first stage a place is a patch of four by four pixels. */
  windowSize: number;
  /** Stochastic depth of the last block. */
  depthRate: number;
}

/** The hidden width of a perceptron over its width. */
const EXPANSION = 4;
/** Of all weights that are drawn. */
const DEVIATION = 0.02;

/**
 * Builds a Swin transformer.
 *
 *     logits = head(mean over height, width of norm(stages(norm(patches(x)))))
 *     block(x) = y + perceptron(norm2(y)),   y = x + proj(attention(qkv(norm1(x))))
 *
 * Every other block shifts its windows by half their side. Images whose patches do not fill the last windows are padded
 * with zeros behind `norm1`, which take part in the attention as torchvision's do. LayerNorm has epsilon 1e-5.
 *
 * Random weights are normal with deviation 0.02 as torchvision's, cut at two deviations; biases are 0.
 *
 * @throws TypeError or RangeError, in the name of the architecture, for options that are not as stated.
 */
export function swin(architecture: SwinArchitecture, options: SwinOptions): LayersModel {
  const { name, blocks, width, heads, windowSize, depthRate } = architecture;
  check(name, swinArguments, { options });
  const { classes = 1000, inputShape = [224, 224, 3], activation = 'gelu', stochasticDepth = depthRate } = options;
  const net = new ResidualLayers(options);
  const total = blocks.reduce((sum, count) => sum + count, 0);

  const image = input({ shape: [...inputShape], name: 'input' });
  const patches = { filters: width, kernelSize: 4, strides: 4, padding: 0, bias: true, initial: 'fanIn' } as const;
  let x = net.layerNorm(net.convolution(image, 'features.0.0', patches), 'features.0.2');
  let done = 0;
  blocks.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      x = block(net, x, {
        name: `features.${2 * stage + 1}.${i}`,
        heads: heads * 2 ** stage,
        windowSize,
        shift: i % 2 === 0 ? 0 : Math.floor(windowSize / 2),
        activation,
        rate: (stochasticDepth * done++) / (total - 1),
      });
    }
    if (stage < blocks.length - 1) x = merged(net, x, `features.${2 * stage + 2}`);
  });
  x = net.apply(layers.globalAveragePooling2d({ name: 'avgpool' }), net.layerNorm(x, 'norm'));
  return model({ inputs: image, outputs: net.dense(x, 'head', { units: classes, initial: DEVIATION }), name });
}

/** What is told of the attention of a block. */
interface Attention {
  name: string;
  heads: number;
  windowSize: number;
  shift: number;
}

/** What is told of a block. */
interface Block extends Attention {
  activation: 'gelu' | 'relu';
  /** Stochastic depth of both branches. */
  rate: number;
}

function block(net: ResidualLayers, x: SymbolicTensor, { name, activation, rate, ...windows }: Block): SymbolicTensor {
  const channels = x.shape[3]!;
  const attended = attention(net, net.layerNorm(x, `${name}.norm1`), { ...windows, name: `${name}.attn` });
  const y = net.add(x, net.stochasticDepth(attended, `${name}.stochastic_depth.attn`, rate), `${name}.attn`);
  let z = net.layerNorm(y, `${name}.norm2`);
  z = net.dense(z, `${name}.mlp.0`, { units: EXPANSION * channels, initial: DEVIATION });
  z = net.activation(activation, `${name}.mlp.1`)(z);
  z = net.dense(z, `${name}.mlp.3`, { units: channels, initial: DEVIATION });
  return net.add(y, net.stochasticDepth(z, `${name}.stochastic_depth.mlp`, rate), `${name}.mlp`);
}

/** Attention with its projections, of a padded image that is cropped again. */
function attention(net: ResidualLayers, x: SymbolicTensor, { name, ...windows }: Attention): SymbolicTensor {
  const { windowSize } = windows;
  const [, height, width, channels] = x.shape as [null, number, number, number];
  const [below, right] = [height, width].map((side) => (windowSize - (side % windowSize)) % windowSize) as [
    number,
    number,
  ];
  const sides: [[number, number], [number, number]] = [
    [0, below],
    [0, right],
  ];
  const isPadded = below + right > 0;
  let y = isPadded ? net.apply(layers.zeroPadding2d({ padding: sides, name: `${name}.pad` }), x) : x;
  y = net.dense(y, `${name}.qkv`, { units: 3 * channels, initial: DEVIATION });
  y = net.apply(shiftedWindowAttention({ ...windows, name, ...net.nextSeed() }), y);
  y = net.dense(y, `${name}.proj`, { units: channels, initial: DEVIATION });
  return isPadded ? net.apply(layers.cropping2D({ cropping: sides, name: `${name}.crop` }), y) : y;
}

/** Half the height and width, twice the channels. */
function merged(net: ResidualLayers, x: SymbolicTensor, name: string): SymbolicTensor {
  const patches = net.layerNorm(net.apply(patchMerging({ name: `${name}.merge` }), x), `${name}.norm`);
  return net.dense(patches, `${name}.reduction`, { units: 2 * x.shape[3]!, bias: false, initial: DEVIATION });
}

const TORCHVISION_SWIN = { width: 96, heads: 3, windowSize: 7 } as const;

/** Builds torchvision's Swin-T: 28 288 354 parameters for 1000 classes, 12 sites of 384 to 3072 channels. */
export function swinT(options: SwinOptions = {}): LayersModel {
  return swin({ ...TORCHVISION_SWIN, name: 'swin_t', blocks: [2, 2, 6, 2], depthRate: 0.2 }, options);
}

/** Builds torchvision's Swin-S: 49 606 258 parameters for 1000 classes, 24 sites of 384 to 3072 channels. */
export function swinS(options: SwinOptions = {}): LayersModel {
  return swin({ ...TORCHVISION_SWIN, name: 'swin_s', blocks: [2, 2, 18, 2], depthRate: 0.3 }, options);
}

/** Builds torchvision's Swin-B: 87 768 224 parameters for 1000 classes, 24 sites of 512 to 4096 channels. */
export function swinB(options: SwinOptions = {}): LayersModel {
  const wide = { width: 128, heads: 4, windowSize: 7 };
  return swin({ ...wide, name: 'swin_b', blocks: [2, 2, 18, 2], depthRate: 0.5 }, options);
}

const TORCHVISION_WEIGHTS = {
  inputShape: [224, 224, 3],
  classes: 1000,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  interpolation: 'bicubic',
  bytes: null,
  format: 'torch',
  // Recorded at the first download; the file's name has the first eight digits of its checksum.
  size: null,
  sha256: null,
  licence: 'BSD-3-Clause',
} as const;

/** The weights that exist for this family: torchvision's `IMAGENET1K_V1`; accuracies are its own. */
export const swinWeights: Readonly<Record<string, PretrainedWeights>> = {
  'swin_t.tv_in1k': {
    ...TORCHVISION_WEIGHTS,
    build: swinT,
    cropPct: 224 / 232,
    accuracy: 0.81474,
    testSet: 'ImageNet-1k validation, 50 000 images, central 224 x 224 of short side 232',
    urls: ['https://download.pytorch.org/models/swin_t-704ceda3.pth'],
    source: 'https://pytorch.org/vision/stable/models/generated/torchvision.models.swin_t.html',
  },
  'swin_s.tv_in1k': {
    ...TORCHVISION_WEIGHTS,
    build: swinS,
    cropPct: 224 / 246,
    accuracy: 0.83196,
    testSet: 'ImageNet-1k validation, 50 000 images, central 224 x 224 of short side 246',
    urls: ['https://download.pytorch.org/models/swin_s-5e29d889.pth'],
    source: 'https://pytorch.org/vision/stable/models/generated/torchvision.models.swin_s.html',
  },
  'swin_b.tv_in1k': {
    ...TORCHVISION_WEIGHTS,
    build: swinB,
    cropPct: 224 / 238,
    accuracy: 0.83582,
    testSet: 'ImageNet-1k validation, 50 000 images, central 224 x 224 of short side 238',
    urls: ['https://download.pytorch.org/models/swin_b-68c6b09e.pth'],
    source: 'https://pytorch.org/vision/stable/models/generated/torchvision.models.swin_b.html',
  },
};

const BUILDERS = { swin_t: swinT, swin_s: swinS, swin_b: swinB } as const;

/**
 * Swin-T, -S and -B. Behind a name, `_relu` is `activation: 'relu'` and a number the side of the images, where the
 * options do not say otherwise: `swin_t_relu`, `swin_t_64`, `swin_s_relu_96`.
 */
export const swins: Family = {
  models: BUILDERS,
  byName: (name) => {
    const [, base, relu, side] = /^(swin_[tsb])(_relu)?(?:_(\d+))?$/.exec(name) ?? [];
    if (base === undefined) return undefined;
    const own: SwinOptions = {
      ...(relu !== undefined && { activation: 'relu' }),
      ...(side !== undefined && { inputShape: [Number(side), Number(side), 3] }),
    };
    return (options = {}) => BUILDERS[base as keyof typeof BUILDERS]({ ...own, ...options });
  },
  weights: swinWeights,
};
