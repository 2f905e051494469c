/**
 * The Wide ResNets and pre-activation ResNets of "Uncovering the Limits of Adversarial Training" (Gowal et al., 2020)
 * as RobustBench has them: SiLU or ReLU, pixels normalised inside, and asymmetric padding where a convolution strides.
 */

import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  count,
  listOf,
  objectWith,
  oneOf,
  options as optionsOf,
  real,
  satisfying,
} from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { BuildModel, Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { NamedLayers } from '../building/namedLayers.js';
import { standardize } from '../layers/standardize.js';
import type { WideResNetSize } from './wideResnet.js';

/** What a user of these networks chooses. */
export interface DMResNetOptions extends ModelOptions {
  /** Default `'silu'`, which the published weights have. */
  activation?: 'silu' | 'relu' | undefined;
  /** What is subtracted from pixels in [0, 1], by channel. Default: CIFAR-10's `[0.4914, 0.4822, 0.4465]`. */
  mean?: readonly number[] | undefined;
  /** What they are then divided by. Default: CIFAR-10's `[0.2471, 0.2435, 0.2616]`. */
  std?: readonly number[] | undefined;
}

/** Depths of the pre-activation ResNets. */
const BLOCKS = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] } as const;

const DM_OPTIONS: Schema<DMResNetOptions> = optionsOf<DMResNetOptions>({
  ...modelOptions,
  activation: oneOf('silu', 'relu'),
  mean: listOf(real(), { min: 1 }),
  std: listOf(real({ above: 0 }), { min: 1 }),
});

export const dmWideResnetArguments: Entries<{ size: WideResNetSize; options: DMResNetOptions }> = {
  size: satisfying(
    objectWith<WideResNetSize>({ depth: count, width: count }, ['depth', 'width']),
    ({ depth, width }) => depth >= 10 && depth % 6 === 4 && depth < 1000 && width < 1000,
    { expects: 'a depth of 6n + 4 from 10 on, and a width, both under 1000' },
  ),
  options: DM_OPTIONS,
};

export const dmPreActResnetArguments: Entries<{ depth: 18 | 34; options: DMResNetOptions }> = {
  depth: satisfying(count, (depth) => depth in BLOCKS, { expects: '18 or 34' }) as Schema<18 | 34>,
  options: DM_OPTIONS,
};

/**
 * Builds a Wide ResNet of Gowal et al., by default for 32 x 32 pixels and 10 classes.
 *
 *     block(x) = x' + conv(act(bn(conv(act(bn(x)))))),   x' = x, or a 1x1 convolution of act(bn(x)) if it widens
 *
 * Shapes: `[batch, height, width, channels]`, pixels in [0, 1], to logits `[batch, classes]`, without softmax. A 3x3
 * convolution of stride 2 is padded by one row below and one column on the right, so that heights and widths are
 * multiples of 4, and of 8 in `dmPreActResnet`.
 *
 * Random weights follow PyTorch's modules: uniform within 1 / sqrt(fan-in), with biases of 0.
 *
 * @throws TypeError or RangeError for a size or options that are not as stated.
 */
export function dmWideResnet(size: WideResNetSize, options: DMResNetOptions = {}): LayersModel {
  check('dmWideResnet', dmWideResnetArguments, { size, options });
  const { depth, width } = size;
  const name = `dm_wrn_${depth}_${width}`;
  return networkOf(name, options, (net, x) => {
    x = net.convolution(x, 'init_conv', { filters: 16, kernelSize: 3, initial: 'fanIn' });
    for (let stage = 0; stage < 3; stage++) {
      for (let i = 0; i < (depth - 4) / 6; i++) {
        const strides = stage > 0 && i === 0 ? 2 : 1;
        const filters = 16 * width * 2 ** stage;
        const projects = x.shape[3] !== filters;
        x = block(net, x, {
          name: `layer.${stage}.block.${i}`,
          filters,
          strides,
          convolutions: ['conv_0', 'conv_1'],
          shortcut: projects ? { kernelSize: 1, of: 'active' } : null,
        });
      }
    }
    return x;
  });
}

/**
 * Builds a pre-activation ResNet of Gowal et al., by default for 32 x 32 pixels and 10 classes: as `dmWideResnet`, but
 * of four stages of 64 to 512 channels, with 3x3 projections of the blocks' inputs.
 *
 * @throws TypeError or RangeError for a depth or options that are not as stated.
 */
export function dmPreActResnet(depth: 18 | 34, options: DMResNetOptions = {}): LayersModel {
  check('dmPreActResnet', dmPreActResnetArguments, { depth, options });
  const name = `dm_preact${depth}`;
  return networkOf(name, options, (net, x) => {
    x = net.convolution(x, 'conv_2d', { filters: 64, kernelSize: 3, initial: 'fanIn' });
    BLOCKS[depth].forEach((count, stage) => {
      for (let i = 0; i < count; i++) {
        const strides = stage > 0 && i === 0 ? 2 : 1;
        x = block(net, x, {
          name: `layer_${stage}.${i}`,
          filters: 64 * 2 ** stage,
          strides,
          convolutions: ['conv_2d_1', 'conv_2d_2'],
          shortcut: strides > 1 ? { kernelSize: 3, of: 'input' } : null,
        });
      }
    });
    return x;
  });
}

/** The builder of one network, with its activation. */
class ActivatedLayers extends NamedLayers {
  private readonly kind: 'silu' | 'relu';

  constructor(options: DMResNetOptions) {
    super(options);
    this.kind = options.activation ?? 'silu';
  }

  act(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.activation(this.kind, name)(x);
  }
}

/** Standardisation before and the head behind the blocks. */
function networkOf(
  name: string,
  options: DMResNetOptions,
  body: (net: ActivatedLayers, x: SymbolicTensor) => SymbolicTensor,
): LayersModel {
  const { classes = 10, inputShape = [32, 32, 3] } = options;
  const { mean = [0.4914, 0.4822, 0.4465], std = [0.2471, 0.2435, 0.2616] } = options;
  if (mean.length !== inputShape[2] || std.length !== inputShape[2])
    throw new RangeError(
      `${name}: mean and std must have as many numbers as inputShape has channels, ${inputShape[2]}, got ` +
        `${mean.length} and ${std.length}`,
    );
  const net = new ActivatedLayers(options);
  const image = input({ shape: [...inputShape], name: 'input' });
  let x = body(net, net.apply(standardize({ mean, std, name: 'standardize' }), image));
  x = net.act(net.batchNorm(x, 'batchnorm'), 'relu');
  x = net.apply(layers.globalAveragePooling2d({ name: 'avg_pool' }), x);
  return model({ inputs: image, outputs: net.dense(x, 'logits', { units: classes }), name });
}

interface Block {
  name: string;
  filters: number;
  strides: number;
  /** Their names. */
  convolutions: readonly [string, string];
  /** The projection, of the block's input or of what its first activation makes; null where there is none. */
  shortcut: { kernelSize: number; of: 'input' | 'active' } | null;
}

function block(
  net: ActivatedLayers,
  x: SymbolicTensor,
  { name, filters, strides, convolutions: [first, second], shortcut }: Block,
): SymbolicTensor {
  const sides = { padding: strides === 1 ? 1 : ([0, 1] as const), strides, filters, initial: 'fanIn' } as const;
  const active = net.act(net.batchNorm(x, `${name}.batchnorm_0`), `${name}.relu_0`);
  let y = net.convolution(active, `${name}.${first}`, { ...sides, kernelSize: 3 });
  y = net.act(net.batchNorm(y, `${name}.batchnorm_1`), `${name}.relu_1`);
  y = net.convolution(y, `${name}.${second}`, { filters, kernelSize: 3, initial: 'fanIn' });
  if (shortcut === null) return net.add(x, y, name);
  const from = shortcut.of === 'input' ? x : active;
  const { kernelSize } = shortcut;
  const padding = kernelSize === 1 ? 0 : sides.padding;
  return net.add(net.convolution(from, `${name}.shortcut`, { ...sides, kernelSize, padding }), y, name);
}

/** Any `dm_wrn_depth_width`, also with `_relu` behind it; RobustBench's weights are in its own table. */
export const dmResnets: Family = {
  models: {
    dm_wrn_16_2: (options) => dmWideResnet({ depth: 16, width: 2 }, options),
    dm_wrn_28_10: (options) => dmWideResnet({ depth: 28, width: 10 }, options),
    dm_wrn_34_10: (options) => dmWideResnet({ depth: 34, width: 10 }, options),
    dm_wrn_70_16: (options) => dmWideResnet({ depth: 70, width: 16 }, options),
    dm_wrn_82_8: (options) => dmWideResnet({ depth: 82, width: 8 }, options),
    dm_wrn_94_16: (options) => dmWideResnet({ depth: 94, width: 16 }, options),
    dm_preact18: (options) => dmPreActResnet(18, options),
    dm_preact34: (options) => dmPreActResnet(34, options),
  },
  byName,
  weights: {},
};

/** `dm_wrn_28_10`, `dm_preact18`, either with `_relu` behind it, which is the option `activation`. */
function byName(name: string): BuildModel | undefined {
  const [, size, relu] = /^(dm_wrn_\d+_\d+|dm_preact\d+)(_relu)?$/.exec(name) ?? [];
  if (size === undefined) return undefined;
  const [depth = 0, width = 0] = (size.match(/\d+/g) ?? []).map(Number);
  const withActivation = (options: DMResNetOptions = {}): DMResNetOptions =>
    relu === undefined ? options : { activation: 'relu', ...options };
  if (size.startsWith('dm_wrn')) return (options) => dmWideResnet({ depth, width }, withActivation(options));
  return (options) => dmPreActResnet(depth as 18 | 34, withActivation(options));
}
