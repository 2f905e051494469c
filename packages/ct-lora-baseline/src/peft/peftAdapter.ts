/**
 * A LoRA adapter in the names, shapes and configuration of Hugging Face's PEFT, as plain numbers.
 *
 * PEFT's layouts: a linear layer has lora_A.weight [r, in] and lora_B.weight [out, r]; a convolution [r, in, height,
 * width] and [out, r, 1, 1], with `in` = 1 where every channel is a group of its own. Keys begin with
 * `base_model.model.`.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  checkValue,
  filledText,
  func,
  listOf,
  matching,
  options,
  satisfying,
  show,
  whole,
} from '@curvature-tuning/checks';
import { layersModel, leafLayers, nameOf } from '@curvature-tuning/layers/model';
import type { Tensor } from '@tensorflow/tfjs-core';
import { reshape, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { layers, LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { LoraModel } from '../lora/applyLora.js';
import { rewriteWithLora } from '../lora/applyLora.js';
import type { LoraLayer } from '../lora/loraSite.js';
import { findSites, loraLayers, stockClassOf } from '../lora/loraSite.js';
import { assign } from '../lora/stockLayer.js';
import type { PeftConfig } from './peftConfig.js';
import { checkPeftConfig, peftConfig, peftConfigSchema, rankAndAlpha } from './peftConfig.js';
import { readKeys } from './peftKeys.js';
import { targetFault } from './peftTargets.js';

/** Numbers in row-major order, in PyTorch's layout. */
export interface PeftTensor {
  shape: number[];
  data: Float32Array;
}

/** A LoRA adapter; tensors by PEFT's keys. */
export interface LoraAdapter {
  config: PeftConfig;
  tensors: ReadonlyMap<string, PeftTensor>;
}

/** How layers are called on PyTorch's side. */
export interface ModuleNames {
  /**
   * From a layer's path (`outer/inner`) to the module's (`outer.inner`). Default: slashes become dots, as for the
   * networks of ct-models.
   */
  moduleOf?: (layer: string) => string;
}

/** What is saved beside the low-rank changes, and under which names. */
export interface GetLoraAdapterOptions extends ModuleNames {
  /**
   * Paths of layers that are saved whole beside A and B, PEFT's `modules_to_save`: Dense and BatchNormalization.
   * Default: every BatchNormalization, whose statistics a training run may have moved, and every Dense without LoRA,
   * such as a new head.
   */
  modulesToSave?: readonly string[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const isNotFinite = (value: number): boolean => !Number.isFinite(value);

/** The numbers of a tensor. */
export const finiteFloats: Schema<Float32Array> = satisfying(
  matching((value): value is Float32Array => Object.prototype.toString.call(value) === '[object Float32Array]', {
    expects: 'a Float32Array',
  }),
  (values) => !values.some(isNotFinite),
  {
    expects: 'a Float32Array of finite numbers',
    got: (values) =>
      values instanceof Float32Array ? `${values.find(isNotFinite)} at ${values.findIndex(isNotFinite)}` : show(values),
  },
);

/** One tensor of an adapter. */
export const peftTensor: Schema<PeftTensor> = satisfying(
  options<PeftTensor>({ shape: listOf(whole({ min: 0 })) as Schema<number[]>, data: finiteFloats }, ['shape', 'data']),
  ({ shape, data }) => data.length === sizeOf(shape),
  { expects: 'an object {shape, data} with as many numbers as its shape says' },
);

const loraAdapter: Schema<LoraAdapter> = options<LoraAdapter>(
  {
    config: peftConfigSchema,
    tensors: matching(
      (value): value is LoraAdapter['tensors'] => Object.prototype.toString.call(value) === '[object Map]',
      { expects: "a Map of tensors by PEFT's keys" },
    ),
  },
  ['config', 'tensors'],
);
const moduleNames: Entries<ModuleNames> = { moduleOf: func() };

export const getLoraAdapterArguments: Entries<{ model: LayersModel; options: GetLoraAdapterOptions }> = {
  model: layersModel,
  options: options<GetLoraAdapterOptions>({ ...moduleNames, modulesToSave: listOf(filledText) }),
};
export const applyLoraAdapterArguments: Entries<{ model: LayersModel; adapter: LoraAdapter; options: ModuleNames }> = {
  model: layersModel,
  adapter: loraAdapter,
  options: options<ModuleNames>(moduleNames),
};
export const saveLoraArguments: Entries<{ adapter: LoraAdapter }> = { adapter: loraAdapter };

const PREFIX = 'base_model.model.';

/** The factor that a key names, with an adapter's name after it or without. */
const FACTOR = /(\.lora_)[AB](?=\.[^.]*\.?weight$)|(\.lora_)[AB](?=\.weight$)/;

/**
 * Reads the adapter out of a model.
 *
 *     const adapter = await getLoraAdapter(classifier);
 *
 * @throws Error when the model has no LoRA layer, or two layers would have one name.
 */
export async function getLoraAdapter(model: LayersModel, options: GetLoraAdapterOptions = {}): Promise<LoraAdapter> {
  check('getLoraAdapter', getLoraAdapterArguments, { model, options });
  const { modulesToSave } = options;
  const moduleOf = namesOf('getLoraAdapter', options);
  const found = loraLayers(model);
  if (found.size === 0)
    throw new Error(`getLoraAdapter: "${model.name}" has no LoRA layer; pass the model that applyLora returns`);
  const saved = leafLayers(model).filter(
    ({ path, layer }) =>
      modulesToSave?.includes(path) ?? ['BatchNormalization', 'Dense'].includes(layer.getClassName()),
  );
  const unknown = (modulesToSave ?? []).filter((path) => !saved.some((layer) => layer.path === path));
  if (unknown.length > 0)
    throw new Error(`getLoraAdapter: modulesToSave: "${model.name}" has no layer ${unknown.join(', ')}`);
  const readers = new Map<string, () => Tensor>();
  const add = (path: string, name: string, read: () => Tensor): void => {
    const key = `${PREFIX}${moduleOf(path)}.${name}`;
    if (readers.has(key))
      throw new Error(
        `getLoraAdapter: two layers are called "${key.slice(PREFIX.length)}"; give each a name of its own by ` +
          '{moduleOf}',
      );
    readers.set(key, read);
  };
  for (const [path, layer] of found) {
    add(path, 'lora_A.weight', () => toTorch(layer)[0]);
    add(path, 'lora_B.weight', () => toTorch(layer)[1]);
  }
  for (const { path, layer } of saved) {
    for (const [name, weight] of wholeWeights('getLoraAdapter', path, layer))
      add(path, name, () => (weight.shape.length === 2 ? transpose(weight.read()) : weight.read().clone()));
  }
  const tensors = new Map<string, PeftTensor>();
  for (const [key, read] of readers) {
    const value = tidy(read);
    tensors.set(key, {
      shape: [...value.shape],
      data: Float32Array.from(await value.data().finally(() => value.dispose())),
    });
  }
  return {
    config: peftConfig(
      new Map([...found].map(([path, { lora }]) => [moduleOf(path), lora])),
      saved.map(({ path }) => moduleOf(path)),
    ),
    tensors,
  };
}

/**
 * Returns a copy of a model with the changes of an adapter, as PEFT would apply it: patterns are Python's, see
 * `PeftConfig`. Keys may have another prefix than PEFT's (`unet.`), none, or the adapter's name in them
 * (`lora_A.default.weight`), where all are alike.
 *
 *     const { model } = applyLoraAdapter(base, loadLora(bytes, json));
 *
 * The original stays usable. Modules that were saved whole are written too, and must have the shape they had: build a
 * new head first.
 *
 * @throws Error naming every missing, unexpected and mis-shaped entry, or what of the configuration is not LoRA as we
 * have it.
 */
export function applyLoraAdapter(model: LayersModel, adapter: LoraAdapter, options: ModuleNames = {}): LoraModel {
  check('applyLoraAdapter', applyLoraAdapterArguments, { model, adapter, options });
  checkAdapter('applyLoraAdapter', adapter);
  const { config, tensors } = adapter;
  const moduleOf = namesOf('applyLoraAdapter', options);
  const paths = new Map(leafLayers(model).map(({ path, layer }) => [moduleOf(path), { path, layer }] as const));
  const { keys, prefix } = readKeys('applyLoraAdapter', tensors.keys(), new Set(paths.keys()));
  const named = new Map(
    keys.map((key) => [
      key.key,
      { ...key, own: key.module.startsWith(prefix) ? key.module.slice(prefix.length) : key.module },
    ]),
  );
  const keyOf = (own: string, part: 'A' | 'B'): string | undefined =>
    [...named.values()].find((key) => key.own === own && key.part === part)?.key;
  const { sites } = findSites(model);
  const changes = new Map<string, { loraRank: number; loraAlpha: number; loraDropout: number }>();
  const wrong: string[] = [];
  for (const { key, module, own, part } of named.values()) {
    if (typeof part !== 'string') continue;
    const other = part === 'A' ? 'B' : 'A';
    if (keyOf(own, other) === undefined)
      wrong.push(`missing: ${key.replace(FACTOR, (_, inner?: string, last?: string) => `${inner ?? last}${other}`)}`);
    if (part === 'B') continue;
    const path = paths.get(own)?.path;
    const site = sites.find(({ layer }) => layer === path);
    if (site === undefined) {
      wrong.push(`unexpected: ${key} (${path === undefined ? 'no such layer' : 'the layer takes no LoRA'})`);
      continue;
    }
    // Patterns were written for the names in the file; a prefix that another tool put there is none of theirs.
    const names = [...new Set([module, own])];
    const faults = names.map((name) =>
      targetFault('applyLoraAdapter', config, { name, isLinear: site.className === 'Dense' }),
    );
    if (!faults.includes(undefined))
      wrong.push(`unexpected: ${key} (by ${faults[0]!} of its configuration, "${module}" has no LoRA)`);
    const { rank, alpha } = rankAndAlpha('applyLoraAdapter', config, names);
    const rows = tensors.get(key)!.shape[0];
    if (rank !== rows)
      wrong.push(`mis-shaped: ${key} (its configuration gives "${module}" rank ${rank}, it has ${String(rows)} rows)`);
    changes.set(site.layer, {
      loraRank: rank,
      loraAlpha: alpha,
      loraDropout: site.className === 'DepthwiseConv2D' ? 0 : (config.lora_dropout ?? 0),
    });
  }
  if (wrong.length > 0)
    throw new Error(
      `applyLoraAdapter: the adapter does not fit "${model.name}": ${wrong.join('; ')}; name the layers' ` +
        'modules by {moduleOf}',
    );
  const made = rewriteWithLora(model, changes);
  try {
    const leaves = new Map(leafLayers(made.model).map(({ path, layer }) => [moduleOf(path), { path, layer }] as const));
    for (const [path, layer] of loraLayers(made.model)) {
      const { a, b } = layer.lora.variables;
      for (const [factor, variable] of [
        ['A', a],
        ['B', b],
      ] as const)
        writeFactor(keyOf(moduleOf(path), factor)!, factor, tensors, variable, layer, wrong);
    }
    const whole = [...named.values()].flatMap(({ key, own, part }) =>
      typeof part === 'string' ? [] : [{ key, leaf: leaves.get(own), name: part.whole }],
    );
    for (const { key, leaf, name } of whole) writeWhole(leaf, name, key, tensors.get(key)!, wrong);
    wrong.push(...missingWhole(config, leaves, whole));
    if (wrong.length > 0)
      throw new Error(`applyLoraAdapter: the adapter does not fit "${model.name}": ${wrong.join('; ')}`);
  } catch (error) {
    made.model.dispose();
    throw error;
  }
  return made;
}

/**
 * Checks what of an adapter its schema does not hold: fields of its configuration that go together or are unknown, and
 * each tensor.
 */
export function checkAdapter(caller: string, { config, tensors }: LoraAdapter): void {
  checkPeftConfig(caller, config);
  for (const [key, entry] of tensors) {
    checkValue(caller, 'a key of adapter.tensors', filledText, key);
    checkValue(caller, `adapter.tensors[${show(key)}]`, peftTensor, entry);
  }
}

/** What a layer is called on PyTorch's side; an error where that is no text. */
function namesOf(
  caller: string,
  { moduleOf = (layer) => layer.replaceAll('/', '.') }: ModuleNames,
): (layer: string) => string {
  return (layer) => {
    const name: unknown = moduleOf(layer);
    checkValue(caller, `moduleOf(${show(layer)})`, filledText, name);
    return name;
  };
}

/** A and B of a layer in PyTorch's layout. */
function toTorch(layer: LoraLayer): [Tensor, Tensor] {
  const { a, b, rank } = layer.lora;
  const outputs = b.shape[1];
  switch (stockClassOf(layer)) {
    case 'Dense':
      return [transpose(a), transpose(b)];
    case 'Conv2D':
      return [transpose(a, [3, 2, 0, 1]), reshape(transpose(b), [outputs, rank, 1, 1])];
    case 'DepthwiseConv2D':
      return [
        reshape(transpose(a, [2, 0, 1]), [rank, 1, a.shape[0], a.shape[1]!]),
        reshape(transpose(b), [outputs, rank, 1, 1]),
      ];
  }
}

function writeFactor(
  key: string,
  factor: 'A' | 'B',
  tensors: LoraAdapter['tensors'],
  variable: LayerVariable,
  layer: LoraLayer,
  wrong: string[],
): void {
  const { shape, data } = tensors.get(key)!;
  tidy(() => {
    const [a, b] = toTorch(layer);
    const expected = factor === 'A' ? a : b;
    if (expected.shape.join() !== shape.join()) {
      wrong.push(`mis-shaped: ${key} ([${shape.join(', ')}], the layer takes [${expected.shape.join(', ')}])`);
      return;
    }
    const value = tensor(data.slice(), shape);
    const isA = factor === 'A';
    const is4d = shape.length === 4;
    const rows = is4d && !isA ? reshape(value, shape.slice(0, 2)) : value;
    const isDepthwise = isA && is4d && variable.shape.length === 3;
    const own = isDepthwise
      ? transpose(reshape(value, [shape[0]!, shape[2]!, shape[3]!]), [1, 2, 0])
      : isA && is4d
        ? transpose(value, [2, 3, 1, 0])
        : transpose(rows);
    variable.write(own);
  });
}

/** PyTorch's names of the weights of a layer that is saved whole. */
const WHOLE: Record<string, Record<string, string>> = {
  Dense: { kernel: 'weight', bias: 'bias' },
  BatchNormalization: { gamma: 'weight', beta: 'bias', moving_mean: 'running_mean', moving_variance: 'running_var' },
};

function wholeWeights(caller: string, path: string, layer: layers.Layer): [string, LayerVariable][] {
  const names = WHOLE[layer.getClassName()];
  if (names === undefined)
    throw new Error(
      `${caller}: "${path}" (${layer.getClassName()}) cannot be saved whole; Dense and BatchNormalization can`,
    );
  return layer.weights.map((weight) => [names[nameOf(weight)]!, weight]);
}

type Leaf = { path: string; layer: layers.Layer };

function writeWhole(
  leaf: Leaf | undefined,
  name: string,
  key: string,
  { shape, data }: PeftTensor,
  wrong: string[],
): void {
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
    wrong.push(`unexpected: ${key} (${reason})`);
    return;
  }
  const own = shape.length === 2 ? [shape[1]!, shape[0]!] : shape;
  if (own.join() !== weight.shape.join()) {
    wrong.push(
      `mis-shaped: ${key} ([${shape.join(', ')}], the layer takes ` +
        `[${(weight.shape.length === 2 ? [...weight.shape].reverse() : weight.shape).join(', ')}])`,
    );
    return;
  }
  tidy(() => {
    assign(weight, shape.length === 2 ? transpose(tensor(data.slice(), shape)) : tensor(data.slice(), shape));
  });
}

/**
 * What modules that are saved whole lack: those named, or else those whose name ends so. PEFT's list may have names of
 * no module.
 */
function missingWhole(
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
