/**
 * The pre-activation ResNets of "Identity Mappings in Deep Residual Networks" (He et al., 2016) as RobustBench has
 * them, for images of 32 x 32 pixels.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, flag, oneOf, options as optionsOf } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import { NamedLayers } from '../building/namedLayers.js';

/** The networks by name. */
export type PreActResNetName = `rb_preactresnet${18 | 34 | 50}`;

const DEPTHS = {
  rb_preactresnet18: { bottleneck: false, blocks: [2, 2, 2, 2] },
  rb_preactresnet34: { bottleneck: false, blocks: [3, 4, 6, 3] },
  rb_preactresnet50: { bottleneck: true, blocks: [3, 4, 6, 3] },
} as const satisfies Record<PreActResNetName, unknown>;

/** What a user of a pre-activation ResNet chooses. */
export interface PreActResNetOptions extends ModelOptions {
  /** Whether a normalisation `bn` and a ReLU stand before the mean over height and width. Default false. */
  bnBeforeFc?: boolean | undefined;
  /**
   * Whether projections take what the first ReLU of the block makes, as RobustBench's `PreActBlockV2` does and
   * bottlenecks always do, and not the block's input. Default false.
   */
  outShortcut?: boolean | undefined;
}

export const preActResnetArguments: Entries<{ name: PreActResNetName; options: PreActResNetOptions }> = {
  name: oneOf(...(Object.keys(DEPTHS) as PreActResNetName[])),
  options: optionsOf<PreActResNetOptions>({ ...modelOptions, bnBeforeFc: flag, outShortcut: flag }),
};

/**
 * Builds a pre-activation ResNet, by default for 32 x 32 pixels and 10 classes.
 *
 *     block(x) = x' + conv(ReLU(bn(conv(ReLU(bn(x))))))
 *
 * where x' is x, or a 1x1 convolution, without normalisation, of x or of ReLU(bn(x)) where the shape changes.
 *
 * Shapes: `[batch, height, width, channels]` to logits `[batch, classes]`, without softmax. Without `bnBeforeFc` no
 * ReLU stands behind the last block. Every ReLU is a layer, of which PyTorch's network has none.
 *
 * Random weights follow PyTorch's modules: uniform within 1 / sqrt(fan-in), with biases of 0.
 *
 * @throws TypeError or RangeError for a name or options that are not as stated.
 */
export function preActResnet(name: PreActResNetName, options: PreActResNetOptions = {}): LayersModel {
  check('preActResnet', preActResnetArguments, { name, options });
  const { classes = 10, inputShape = [32, 32, 3], bnBeforeFc = false, outShortcut = false } = options;
  const { bottleneck, blocks } = DEPTHS[name];
  const net = new NamedLayers(options);

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = net.convolution(image, 'conv1', { filters: 64, kernelSize: 3, initial: 'fanIn' });
  blocks.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      x = block(net, x, {
        name: `layer${stage + 1}.${i}`,
        width: 64 * 2 ** stage,
        strides: stage > 0 && i === 0 ? 2 : 1,
        bottleneck,
        projectsActive: bottleneck || outShortcut,
      });
    }
  });
  if (bnBeforeFc) x = net.relu('relu')(net.batchNorm(x, 'bn'));
  x = net.apply(layers.globalAveragePooling2d({ name: 'avg_pool' }), x);
  return model({ inputs: image, outputs: net.dense(x, 'linear', { units: classes }), name });
}

interface Block {
  name: string;
  width: number;
  strides: number;
  bottleneck: boolean;
  /** Whether the projection takes the first ReLU's output. */
  projectsActive: boolean;
}

function block(net: NamedLayers, x: SymbolicTensor, options: Block): SymbolicTensor {
  const { name, width, strides, bottleneck, projectsActive } = options;
  const convolutions = bottleneck
    ? [
        { filters: width, kernelSize: 1 },
        { filters: width, kernelSize: 3, strides },
        { filters: 4 * width, kernelSize: 1 },
      ]
    : [
        { filters: width, kernelSize: 3, strides },
        { filters: width, kernelSize: 3 },
      ];
  let [y, shortcut] = [x, x];
  convolutions.forEach((convolution, index) => {
    y = net.relu(`${name}.relu${index + 1}`)(net.batchNorm(y, `${name}.bn${index + 1}`));
    if (index === 0 && projectsActive) shortcut = y;
    y = net.convolution(y, `${name}.conv${index + 1}`, { ...convolution, initial: 'fanIn' });
  });
  const { filters } = convolutions.at(-1)!;
  shortcut =
    strides === 1 && x.shape[3] === filters
      ? x
      : net.convolution(shortcut, `${name}.shortcut.0`, { filters, kernelSize: 1, strides, initial: 'fanIn' });
  return net.add(y, shortcut, name);
}

/** RobustBench's pre-activation ResNets; the weights are in its own table. */
export const preActResnets: Family = {
  models: {
    rb_preactresnet18: (options) => preActResnet('rb_preactresnet18', options),
    rb_preactresnet34: (options) => preActResnet('rb_preactresnet34', options),
    rb_preactresnet50: (options) => preActResnet('rb_preactresnet50', options),
  },
  weights: {},
};
