/**
 * ResNets for images of 32 x 32 pixels: torchvision's blocks behind a 3x3 stem of stride 1. The authors of Curvature
 * Tuning and RobustBench have one and the same network under two sets of names, `ref_resnet18` and `rb_resnet18`.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, oneOf, options as optionsOf } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import type { Family } from '../building/family.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import type { Convolution } from '../building/namedLayers.js';
import { NamedLayers } from '../building/namedLayers.js';

const DEPTHS = {
  resnet18: { bottleneck: false, blocks: [2, 2, 2, 2] },
  resnet34: { bottleneck: false, blocks: [3, 4, 6, 3] },
  resnet50: { bottleneck: true, blocks: [3, 4, 6, 3] },
  resnet101: { bottleneck: true, blocks: [3, 4, 23, 3] },
  resnet152: { bottleneck: true, blocks: [3, 8, 36, 3] },
} as const;

/** The networks by name. */
export type CifarResNetName = `${'ref' | 'rb'}_resnet${18 | 34 | 50 | 101 | 152}`;

const NAMES = [
  'ref_resnet18',
  'ref_resnet34',
  'ref_resnet50',
  'ref_resnet101',
  'ref_resnet152',
  'rb_resnet18',
  'rb_resnet34',
  'rb_resnet50',
  'rb_resnet101',
  'rb_resnet152',
] as const satisfies readonly CifarResNetName[];

export const cifarResnetArguments: Entries<{ name: CifarResNetName; options: ModelOptions }> = {
  name: oneOf(...NAMES),
  options: optionsOf<ModelOptions>(modelOptions),
};

/** How the modules of one origin are called. Of a block's convolutions, `index` counts from 0. */
interface Names {
  stem: { conv: string; norm: string; relu: string };
  stage: (stage: number) => string;
  conv: (block: string, index: number) => string;
  norm: (block: string, index: number) => string;
  relu: (block: string, index: number) => string;
  /** The ReLU of a block's output, which no module has. */
  output: (block: string, convolutions: number) => string;
  head: string;
}

const REFERENCE: Names = {
  stem: { conv: 'conv1.0', norm: 'conv1.1', relu: 'conv1.2' },
  stage: (stage) => `conv${stage + 2}_x`,
  conv: (block, index) => `${block}.residual_function.${3 * index}`,
  norm: (block, index) => `${block}.residual_function.${3 * index + 1}`,
  relu: (block, index) => `${block}.residual_function.${3 * index + 2}`,
  output: (block) => `${block}.relu`,
  head: 'fc',
};

const ROBUSTBENCH: Names = {
  stem: { conv: 'conv1', norm: 'bn1', relu: 'relu' },
  stage: (stage) => `layer${stage + 1}`,
  conv: (block, index) => `${block}.conv${index + 1}`,
  norm: (block, index) => `${block}.bn${index + 1}`,
  relu: (block, index) => `${block}.relu${index + 1}`,
  output: (block, convolutions) => `${block}.relu${convolutions}`,
  head: 'linear',
};

/**
 * Builds a ResNet for small images, by default of 32 x 32 pixels and for 10 classes.
 *
 * Shapes: `[batch, height, width, channels]` to logits `[batch, classes]`, without softmax.
 *
 * Every ReLU is a layer of its own: 17 in ResNet-18, 49 in ResNet-50. PyTorch has modules for 9 and 33 of them in
 * `ref_…` and for none in `rb_…`, so that surgery on modules, as the authors' own, misses the others: those after the
 * sums, `….relu` here. The mean is over all of height and width; RobustBench's own takes 4 x 4 and no other size.
 *
 * Random weights follow PyTorch's modules: uniform within 1 / sqrt(fan-in), with biases of 0.
 *
 * @throws TypeError or RangeError for a name or options that are not as stated.
 */
export function cifarResnet(name: CifarResNetName, options: ModelOptions = {}): LayersModel {
  check('cifarResnet', cifarResnetArguments, { name, options });
  const { classes = 10, inputShape = [32, 32, 3] } = options;
  const [origin, depth] = name.split('_') as ['ref' | 'rb', keyof typeof DEPTHS];
  const { bottleneck, blocks } = DEPTHS[depth];
  const names = origin === 'ref' ? REFERENCE : ROBUSTBENCH;
  const net = new NamedLayers(options);

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = net.convolution(image, names.stem.conv, { filters: 64, kernelSize: 3, initial: 'fanIn' });
  x = net.relu(names.stem.relu)(net.batchNorm(x, names.stem.norm));
  blocks.forEach((count, stage) => {
    const width = 64 * 2 ** stage;
    for (let i = 0; i < count; i++) {
      const strides = stage > 0 && i === 0 ? 2 : 1;
      const convolutions: Step[] = bottleneck
        ? [
            { filters: width, kernelSize: 1 },
            { filters: width, kernelSize: 3, strides },
            { filters: 4 * width, kernelSize: 1 },
          ]
        : [
            { filters: width, kernelSize: 3, strides },
            { filters: width, kernelSize: 3 },
          ];
      x = residual(net, x, { block: `${names.stage(stage)}.${i}`, names, convolutions, strides });
    }
  });
  x = net.apply(layers.globalAveragePooling2d({ name: 'avg_pool' }), x);
  return model({ inputs: image, outputs: net.dense(x, names.head, { units: classes }), name });
}

type Step = Convolution & { filters: number };

interface Residual {
  block: string;
  names: Names;
  convolutions: readonly Step[];
  strides: number;
}

/** ReLU(x' + branch(x)), with ReLUs between the convolutions of the branch. */
function residual(
  net: NamedLayers,
  x: SymbolicTensor,
  { block, names, convolutions, strides }: Residual,
): SymbolicTensor {
  let y = x;
  convolutions.forEach((convolution, index) => {
    y = net.convolution(y, names.conv(block, index), { ...convolution, initial: 'fanIn' });
    y = net.batchNorm(y, names.norm(block, index));
    if (index + 1 < convolutions.length) y = net.relu(names.relu(block, index))(y);
  });
  const filters = convolutions.at(-1)!.filters;
  let shortcut = x;
  if (strides > 1 || x.shape[3] !== filters) {
    shortcut = net.convolution(x, `${block}.shortcut.0`, { filters, kernelSize: 1, strides, initial: 'fanIn' });
    shortcut = net.batchNorm(shortcut, `${block}.shortcut.1`);
  }
  return net.relu(names.output(block, convolutions.length))(net.add(y, shortcut, block));
}

/** The authors of Curvature Tuning published no weights; RobustBench's are in its own table. */
export const cifarResnets: Family = {
  models: {
    ref_resnet18: (options) => cifarResnet('ref_resnet18', options),
    ref_resnet34: (options) => cifarResnet('ref_resnet34', options),
    ref_resnet50: (options) => cifarResnet('ref_resnet50', options),
    ref_resnet101: (options) => cifarResnet('ref_resnet101', options),
    ref_resnet152: (options) => cifarResnet('ref_resnet152', options),
    rb_resnet18: (options) => cifarResnet('rb_resnet18', options),
    rb_resnet34: (options) => cifarResnet('rb_resnet34', options),
    rb_resnet50: (options) => cifarResnet('rb_resnet50', options),
    rb_resnet101: (options) => cifarResnet('rb_resnet101', options),
    rb_resnet152: (options) => cifarResnet('rb_resnet152', options),
  },
  weights: {},
};
