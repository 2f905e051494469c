/**
 * The networks of "Searching for MobileNetV3" (Howard et al., 2019) as torchvision has them: squeeze and excitation,
 * hard-swish.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, oneOf, options as optionsOf } from '@curvature-tuning/checks';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model } from '@tensorflow/tfjs-layers';
import { divisibleBy8 } from '../building/divisibleBy8.js';
import type { Family } from '../building/family.js';
import { hardSwish } from '../building/hardSwish.js';
import type { ModelOptions } from '../building/modelOptions.js';
import { modelOptions } from '../building/modelOptions.js';
import type { Convolution } from '../building/namedLayers.js';
import { NamedLayers } from '../building/namedLayers.js';
import { squeezeExcite } from '../building/squeezeExcite.js';
import { TORCHVISION, torchvisionFile } from '../building/torchvision.js';
import { hardSigmoid } from '../layers/hardSigmoid.js';

type Kind = 'relu' | 'hardSwish';

/** Kernel, expanded channels, output channels, whether it squeezes, activation and stride of each block. */
type Row = readonly [kernel: number, expanded: number, channels: number, squeezes: boolean, kind: Kind, stride: 1 | 2];

/** Tables 1 and 2 of the paper. */
const BLOCKS: Readonly<Record<MobileNetV3Name, { rows: readonly Row[]; head: number }>> = {
  mobilenet_v3_small: {
    rows: [
      [3, 16, 16, true, 'relu', 2],
      [3, 72, 24, false, 'relu', 2],
      [3, 88, 24, false, 'relu', 1],
      [5, 96, 40, true, 'hardSwish', 2],
      [5, 240, 40, true, 'hardSwish', 1],
      [5, 240, 40, true, 'hardSwish', 1],
      [5, 120, 48, true, 'hardSwish', 1],
      [5, 144, 48, true, 'hardSwish', 1],
      [5, 288, 96, true, 'hardSwish', 2],
      [5, 576, 96, true, 'hardSwish', 1],
      [5, 576, 96, true, 'hardSwish', 1],
    ],
    head: 1024,
  },
  mobilenet_v3_large: {
    rows: [
      [3, 16, 16, false, 'relu', 1],
      [3, 64, 24, false, 'relu', 2],
      [3, 72, 24, false, 'relu', 1],
      [5, 72, 40, true, 'relu', 2],
      [5, 120, 40, true, 'relu', 1],
      [5, 120, 40, true, 'relu', 1],
      [3, 240, 80, false, 'hardSwish', 2],
      [3, 200, 80, false, 'hardSwish', 1],
      [3, 184, 80, false, 'hardSwish', 1],
      [3, 184, 80, false, 'hardSwish', 1],
      [3, 480, 112, true, 'hardSwish', 1],
      [3, 672, 112, true, 'hardSwish', 1],
      [5, 672, 160, true, 'hardSwish', 2],
      [5, 960, 160, true, 'hardSwish', 1],
      [5, 960, 160, true, 'hardSwish', 1],
    ],
    head: 1280,
  },
};

/** The networks by name. */
export type MobileNetV3Name = 'mobilenet_v3_small' | 'mobilenet_v3_large';

export const mobilenetV3Arguments: Entries<{ name: MobileNetV3Name; options: ModelOptions }> = {
  name: oneOf('mobilenet_v3_small', 'mobilenet_v3_large'),
  options: optionsOf<ModelOptions>(modelOptions),
};

/**
 * Builds MobileNetV3-Small or Large, by default for 224 x 224 pixels and 1000 classes: 2 542 856 and 5 483 032
 * parameters.
 *
 * Shapes: `[batch, height, width, channels]` to logits `[batch, classes]`, without softmax. Every ReLU is a layer; a
 * hard-swish is x·relu6(x + 3) / 6, whose relu6 is the layer that surgery replaces. The gates of squeeze and
 * excitation, PyTorch's hard sigmoid, are `HardSigmoid` layers, which it leaves alone. BatchNorm has epsilon 1e-3 and
 * momentum 0.99, which PyTorch calls 0.01; a dropout of 0.2 stands before the head.
 *
 * Random weights follow torchvision: convolutions are normal with variance 2 / fan-out, linear layers normal with
 * deviation 0.01, both cut at two deviations.
 *
 * @throws TypeError or RangeError for a name or options that are not as stated.
 */
export function mobilenetV3(name: MobileNetV3Name, options: ModelOptions = {}): LayersModel {
  check('mobilenetV3', mobilenetV3Arguments, { name, options });
  const { classes = 1000, inputShape = [224, 224, 3] } = options;
  const net = new NamedLayers(options);
  const { rows, head } = BLOCKS[name];

  const image = input({ shape: [...inputShape], name: 'input' });
  let x = normalized(net, image, 'features.0', { filters: 16, kernelSize: 3, strides: 2 });
  x = hardSwish(net, x, 'features.0.2');
  rows.forEach((row, i) => {
    x = block(net, x, `features.${i + 1}.block`, row);
  });
  const last = `features.${rows.length + 1}`;
  x = hardSwish(net, normalized(net, x, last, { filters: 6 * x.shape[3]!, kernelSize: 1 }), `${last}.2`);
  x = net.apply(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  x = hardSwish(net, net.dense(x, 'classifier.0', { units: head, initial: 0.01 }), 'classifier.1');
  x = net.dropout(x, 'classifier.2', 0.2);
  return model({ inputs: image, outputs: net.dense(x, 'classifier.3', { units: classes, initial: 0.01 }), name });
}

/** A convolution, depthwise where it says no filters, and its normalisation. */
function normalized(net: NamedLayers, x: SymbolicTensor, name: string, convolution: Convolution): SymbolicTensor {
  const { filters } = convolution;
  const y =
    filters === undefined
      ? net.depthwise(x, `${name}.0`, convolution)
      : net.convolution(x, `${name}.0`, { ...convolution, filters });
  return net.batchNorm(y, `${name}.1`, { epsilon: 1e-3, momentum: 0.99 });
}

function block(net: NamedLayers, x: SymbolicTensor, name: string, row: Row): SymbolicTensor {
  const [kernelSize, expanded, channels, squeezes, kind, strides] = row;
  const inputs = x.shape[3]!;
  const act = (y: SymbolicTensor, at: string): SymbolicTensor =>
    kind === 'relu' ? net.relu(`${at}.2`)(y) : hardSwish(net, y, `${at}.2`);
  let [y, index] = [x, 0];
  const next = (): string => `${name}.${index++}`;
  if (expanded !== inputs) {
    const at = next();
    y = act(normalized(net, y, at, { filters: expanded, kernelSize: 1 }), at);
  }
  const at = next();
  y = act(normalized(net, y, at, { kernelSize, strides }), at);
  if (squeezes) {
    const squeeze = divisibleBy8(Math.floor(expanded / 4));
    const gate = (of: string): layers.Layer => hardSigmoid({ name: of });
    y = squeezeExcite(net, y, next(), { squeeze, activation: 'relu', gate });
  }
  y = normalized(net, y, next(), { filters: channels, kernelSize: 1 });
  return strides === 1 && inputs === channels ? net.add(x, y, name) : y;
}

/** MobileNetV3; the weights are torchvision's `IMAGENET1K_V1`, of the large one also `V2`. */
export const mobilenetsV3: Family = {
  models: {
    mobilenet_v3_small: (options) => mobilenetV3('mobilenet_v3_small', options),
    mobilenet_v3_large: (options) => mobilenetV3('mobilenet_v3_large', options),
  },
  get weights() {
    return {
      'mobilenet_v3_small.tv_in1k': {
        ...TORCHVISION,
        ...torchvisionFile('mobilenet_v3_small-047dcff4.pth'),
        build: this.models['mobilenet_v3_small']!,
        accuracy: 0.67668,
      },
      'mobilenet_v3_large.tv_in1k': {
        ...TORCHVISION,
        ...torchvisionFile('mobilenet_v3_large-8738ca79.pth'),
        build: this.models['mobilenet_v3_large']!,
        accuracy: 0.74042,
      },
      'mobilenet_v3_large.tv2_in1k': {
        ...TORCHVISION,
        ...torchvisionFile('mobilenet_v3_large-5c1a4163.pth'),
        build: this.models['mobilenet_v3_large']!,
        cropPct: 224 / 232,
        accuracy: 0.75274,
        testSet: 'ImageNet-1k validation, 50 000 images, central 224 x 224 of short side 232',
      },
    };
  },
};
