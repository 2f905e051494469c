/**
 * Modules that an adapter holds whole, beside A and B: PEFT's `modules_to_save`.
 */
import { weightName } from '@curvature-tuning/layers/model';
import { tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { layers, LayerVariable } from '@tensorflow/tfjs-layers';
import { assign } from '../lora/stockLayer.js';
import type { PeftTensor } from './peftAdapter.js';
import { PREFIX } from './peftAdapter.js';
import type { PeftConfig } from './peftConfig.js';

/** PyTorch's names of the weights of a layer that is saved whole. */
const WHOLE: Record<string, Record<string, string>> = {
  Dense: { kernel: 'weight', bias: 'bias' },
  BatchNormalization: { gamma: 'weight', beta: 'bias', moving_mean: 'running_mean', moving_variance: 'running_var' },
};

/** The weights of a layer by PyTorch's names; an error for one that is not saved whole. */
export function wholeWeights(caller: string, path: string, layer: layers.Layer): [string, LayerVariable][] {
  const names = WHOLE[layer.getClassName()];
  if (names === undefined)
    throw new Error(
      `${caller}: "${path}" (${layer.getClassName()}) cannot be saved whole; Dense and BatchNormalization can`,
    );
  return layer.weights.map((weight) => [names[weightName(weight)]!, weight]);
}

/** A layer and its path. */
export interface Leaf {
  path: string;
  layer: layers.Layer;
}

/** Writes one weight of a module that was saved whole, or says what is wrong with it. */
export function writeWhole(leaf: Leaf | undefined, name: string, key: string, { shape, data }: PeftTensor): string[] {
  const className = leaf?.layer.getClassName() ?? '';
  const weight =
    leaf !== undefined && Object.hasOwn(WHOLE, className)
      ? wholeWeights('applyLoraAdapter', leaf.path, leaf.layer).find(([own]) => own === name)?.[1]
      : undefined;
  if (weight === undefined) {
    const reason =
      leaf === undefined
        ? 'no such layer'
        : Object.hasOwn(WHOLE, className)
          ? 'no such weight'
          : `a ${className} cannot be read whole; Dense and BatchNormalization can`;
    return [`unexpected: ${key} (${reason})`];
  }
  const own = shape.length === 2 ? [shape[1]!, shape[0]!] : shape;
  if (own.join() !== weight.shape.join()) {
    return [
      `mis-shaped: ${key} ([${shape.join(', ')}], the layer takes ` +
        `[${(weight.shape.length === 2 ? [...weight.shape].reverse() : weight.shape).join(', ')}])`,
    ];
  }
  tidy(() => {
    assign(weight, shape.length === 2 ? transpose(tensor(data.slice(), shape)) : tensor(data.slice(), shape));
  });
  return [];
}

/**
 * What modules that are saved whole lack: those named, or else those whose name ends so. PEFT's list may have names of
 * no module.
 */
export function missingWhole(
  { modules_to_save: saved }: PeftConfig,
  leaves: ReadonlyMap<string, Leaf>,
  whole: readonly { leaf: Leaf | undefined; name: string }[],
): string[] {
  const meant = (saved ?? []).flatMap((end) =>
    leaves.has(end) ? [end] : [...leaves.keys()].filter((module) => module.endsWith(`.${end}`)),
  );
  return [...new Set(meant)].flatMap((module) => {
    const leaf = leaves.get(module)!;
    if (!Object.hasOwn(WHOLE, leaf.layer.getClassName())) return [];
    const there = new Set(whole.filter((entry) => entry.leaf === leaf).map(({ name }) => name));
    const lacking = wholeWeights('applyLoraAdapter', leaf.path, leaf.layer)
      .map(([name]) => name)
      .filter((name) => !there.has(name));
    return lacking.map((name) => `missing: ${PREFIX}${module}.${name} (of modules_to_save)`);
  });
}
