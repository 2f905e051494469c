/**
 * Which PyTorch entry each variable of a model corresponds to: its name from the layer's name, its layout from the
 * layer's class. Loading and saving are two readings of this one list.
 */

import type { LayersModel, LayerVariable, layers } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/** A variable of a model and its counterpart in a PyTorch state dict. */
export interface TorchEntry {
  /** The PyTorch name, such as `layer1.0.bn1.running_mean`. */
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
 * Lists the PyTorch entries of a model, layer by layer.
 *
 * | layer | variable | PyTorch | layout |
 * | --- | --- | --- | --- |
 * | Conv2D | kernel | weight | `[out, in, h, w]` to `[h, w, in, out]` |
 * | DepthwiseConv2D | depthwise_kernel | weight | `[in * m, 1, h, w]` to `[h, w, in, m]` |
 * | Dense | kernel | weight | `[out, in]` to `[in, out]`; after a Flatten `in` is `c, h, w` in PyTorch and `h, w, c` here |
 * | these three | bias | bias | |
 * | BatchNormalization | gamma, beta | weight, bias | |
 * | | moving_mean, moving_variance | running_mean, running_var | |
 * | LayerNormalization | gamma, beta | weight, bias | |
 *
 * PyTorch's `num_batches_tracked` has no counterpart and needs none: tfjs averages with a fixed momentum.
 */
export function torchEntries(model: LayersModel): TorchEntries {
  const entries: TorchEntry[] = [];
  const unmapped: string[] = [];
  for (const layer of model.layers) {
    for (const variable of layer.weights) {
      // "conv1/kernel" here; `name` may end in _1 where two models share a name.
      const own = variable.originalName.slice(variable.originalName.lastIndexOf('/') + 1);
      const rule = rules[layer.getClassName()]?.[own];
      const shape = variable.shape.map((size) => size as number);
      if (rule) entries.push({ name: `${layer.name}.${rule.name}`, variable, ...rule.layout(shape, layer) });
      else unmapped.push(`${layer.name}.${own}`);
    }
  }
  return { entries, unmapped };
}

type Layout = Pick<TorchEntry, 'shape' | 'view' | 'order'>;

interface Rule {
  readonly name: string;
  /** The PyTorch layout of a variable with this tfjs shape. */
  readonly layout: (shape: readonly number[], layer: Layer) => Layout;
}

const same = (name: string): Rule => ({
  name,
  layout: (shape) => ({ shape, view: shape, order: shape.map((_, axis) => axis) }),
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
    return { shape: [(inputs as number) * (multiplier as number), 1, h as number, w as number], view, order: [2, 3, 0, 1] };
  },
};

const dense: Rule = {
  name: 'weight',
  layout: ([inputs, outputs], layer) => {
    const shape = [outputs, inputs] as number[];
    const image = flattenedImage(layer);
    if (image === null) return { shape, view: shape, order: [1, 0] };
    const [h, w, c] = image as [number, number, number];
    return { shape, view: [outputs as number, c, h, w], order: [2, 3, 1, 0] };
  },
};

const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Conv2D: { kernel: convolution, bias: same('bias') },
  DepthwiseConv2D: { depthwise_kernel: depthwise, bias: same('bias') },
  Dense: { kernel: dense, bias: same('bias') },
  BatchNormalization: {
    gamma: same('weight'),
    beta: same('bias'),
    moving_mean: same('running_mean'),
    moving_variance: same('running_var'),
  },
  LayerNormalization: { gamma: same('weight'), beta: same('bias') },
};

/** The `[h, w, c]` that a Flatten before this layer flattened, past layers that keep a vector's shape; null if none did. */
function flattenedImage(layer: Layer): readonly number[] | null {
  for (let at: Layer | undefined = layer; at !== undefined; ) {
    const inbound: Layer[] | undefined = at.inboundNodes[0]?.inboundLayers;
    at = inbound?.length === 1 ? inbound[0] : undefined;
    if (at?.getClassName() === 'Flatten') {
      const shape = at.inboundNodes[0]?.inputShapes[0] as readonly number[] | undefined;
      return shape?.length === 4 ? shape.slice(1) : null;
    }
    // A Dense, or what else changes the length, mixes the order away.
    if (at === undefined || at.getClassName() === 'Dense' || !keepsShape(at)) return null;
  }
  return null;
}

function keepsShape(layer: Layer): boolean {
  const node = layer.inboundNodes[0];
  return node !== undefined && String(node.inputShapes[0]) === String(node.outputShapes[0]);
}
