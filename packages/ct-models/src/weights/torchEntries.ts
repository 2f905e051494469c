/**
 * Which PyTorch entry each variable of a model corresponds to: its name from the layer's name, its layout from the
 * layer's class. Loading and saving are two readings of this one list.
 */

import type { LayerVariable, layers } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import type { OuterCalls } from './flattenedImage.js';
import { flattenedImage, outerCalls } from './flattenedImage.js';

type Layer = layers.Layer;

/** A variable of a model and its counterpart in a PyTorch state dict. */
export interface TorchEntry {
  /** The networks that the layer lies in, from the outside: `['backbone']` in a model that is a layer, `[]` in none. */
  readonly network: readonly string[];
  /** The PyTorch name inside that network, such as `layer1.0.bn1.running_mean`. */
  readonly own: string;
  /** The PyTorch name inside the model: the networks and the own name. */
  readonly name: string;
  /** The PyTorch shape, such as `[out, in, height, width]`. */
  readonly shape: readonly number[];
  /** The same values seen with more axes, where the layouts differ inside one: `shape` again where they do not. */
  readonly view: readonly number[];
  /** The axes of `view` in the order in which tfjs stores them. */
  readonly order: readonly number[];
  /** The tfjs variable. */
  readonly variable: LayerVariable;
}

/** The entries of a model, and the names of its variables that PyTorch has no counterpart for, as `layer.variable`. */
export interface TorchEntries {
  readonly entries: readonly TorchEntry[];
  readonly unmapped: readonly string[];
}

/**
 * Lists the PyTorch entries of a model, layer by layer, going into models that are layers. A variable that several of
 * them share is listed once.
 *
 * | layer | variable | PyTorch | layout |
 * | --- | --- | --- | --- |
 * | Conv2D | kernel | weight | `[out, in, h, w]` to `[h, w, in, out]` |
 * | DepthwiseConv2D | depthwise_kernel | weight | `[in * m, 1, h, w]` to `[h, w, in, m]` |
 * | Dense | kernel | weight | `[out, in]` to `[in, out]`; after a Flatten `in` is `c, h, w` there, `h, w, c` here |
 * | these three | bias | bias | |
 * | BatchNormalization | gamma, beta | weight, bias | after a Flatten `c, h, w` to `h, w, c` |
 * | | moving_mean, moving_variance | running_mean, running_var | likewise |
 * | LayerNormalization, LastAxisNormalization | gamma, beta | weight, bias | likewise |
 * | LayerScale | layer_scale | layer_scale | `[channels, 1, 1]` to `[channels]` |
 * | ShiftedWindowAttention | relative_position_bias_table | the same | |
 * | TimeDistributed | those of its layer | | under its own name |
 *
 * PyTorch's `num_batches_tracked` has no counterpart and needs none: tfjs averages with a fixed momentum.
 */
export function torchEntries(model: LayersModel): TorchEntries {
  const entries: TorchEntry[] = [];
  const unmapped: string[] = [];
  const calls = outerCalls(model);
  const seen = new Set<LayerVariable>();
  for (const { network, name, layer } of leavesOf(model)) {
    for (const variable of layer.weights) {
      if (seen.has(variable)) continue;
      seen.add(variable);
      // "conv1/kernel" here; `name` may end in _1 where two models share a name.
      const kind = variable.originalName.slice(variable.originalName.lastIndexOf('/') + 1);
      const rule = rules[layer.getClassName()]?.[kind];
      const shape = variable.shape.map((size) => size as number);
      const own = `${name}.${rule?.name ?? kind}`;
      const full = [...network, own].join('.');
      if (rule) entries.push({ network, own, name: full, variable, ...rule.layout(shape, layer, calls) });
      else unmapped.push(full);
    }
  }
  return { entries, unmapped };
}

/** The layers that are no models, with the models around them; what TimeDistributed wraps stands for the wrapper. */
function leavesOf(
  model: LayersModel,
  network: readonly string[] = [],
): { network: readonly string[]; name: string; layer: Layer }[] {
  return model.layers.flatMap((layer) => {
    const inner =
      layer.getClassName() === 'TimeDistributed' ? (layer as unknown as { readonly layer: Layer }).layer : layer;
    return inner instanceof LayersModel
      ? leavesOf(inner, [...network, layer.name])
      : [{ network, name: layer.name, layer: inner }];
  });
}

type Layout = Pick<TorchEntry, 'shape' | 'view' | 'order'>;

interface Rule {
  readonly name: string;
  /** The PyTorch layout of a variable with this tfjs shape. */
  readonly layout: (shape: readonly number[], layer: Layer, calls: OuterCalls) => Layout;
}

const same = (name: string): Rule => ({
  name,
  layout: (shape) => ({ shape, view: shape, order: shape.map((_, axis) => axis) }),
});

/** One value a feature: features that a Flatten made of an image lie in another order in PyTorch. */
const perFeature = (name: string): Rule => ({
  name,
  layout: (shape, layer, calls) => {
    const image = shape.length === 1 ? flattenedImage(layer, calls) : null;
    if (image === null) return same(name).layout(shape, layer, calls);
    const [h, w, c] = image as [number, number, number];
    return { shape, view: [c, h, w], order: [1, 2, 0] };
  },
});

const convolution: Rule = {
  name: 'weight',
  layout: ([h, w, inputs, outputs]) => {
    const shape = [outputs, inputs, h, w] as number[];
    return { shape, view: shape, order: [2, 3, 1, 0] };
  },
};

const depthwise: Rule = {
  name: 'weight',
  layout: ([h, w, inputs, multiplier]) => {
    const view = [inputs, multiplier, h, w] as number[];
    return {
      shape: [(inputs as number) * (multiplier as number), 1, h as number, w as number],
      view,
      order: [2, 3, 0, 1],
    };
  },
};

const dense: Rule = {
  name: 'weight',
  layout: ([inputs, outputs], layer, calls) => {
    const shape = [outputs, inputs] as number[];
    const image = flattenedImage(layer, calls);
    if (image === null) return { shape, view: shape, order: [1, 0] };
    const [h, w, c] = image as [number, number, number];
    return { shape, view: [outputs as number, c, h, w], order: [2, 3, 1, 0] };
  },
};

const layerScale: Rule = {
  name: 'layer_scale',
  layout: ([channels]) => {
    const shape = [channels, 1, 1] as number[];
    return { shape, view: shape, order: [0, 1, 2] };
  },
};

const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Conv2D: { kernel: convolution, bias: same('bias') },
  DepthwiseConv2D: { depthwise_kernel: depthwise, bias: same('bias') },
  Dense: { kernel: dense, bias: same('bias') },
  BatchNormalization: {
    gamma: perFeature('weight'),
    beta: perFeature('bias'),
    moving_mean: perFeature('running_mean'),
    moving_variance: perFeature('running_var'),
  },
  LayerNormalization: { gamma: perFeature('weight'), beta: perFeature('bias') },
  LastAxisNormalization: { gamma: perFeature('weight'), beta: perFeature('bias') },
  LayerScale: { layer_scale: layerScale },
  ShiftedWindowAttention: { relative_position_bias_table: same('relative_position_bias_table') },
};
