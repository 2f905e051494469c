/**
 * Adapters in the form of the authors' PyTorch code, both ways.
 *
 * There a T-CT model is one state dict: `<module>._raw_beta` and `._raw_coeff` of every activation, shaped
 * `[1, channels, 1, 1]` where activations have rank 4, `[1, channels]` and `[1, 1, channels]` at rank 2 and 3, beside
 * all the weights of the network.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  checkValue,
  filledText,
  func,
  mapOf,
  matching,
  objectWith,
  options as optionsOf,
} from '@curvature-tuning/checks';
import type { SafeTensor } from '@curvature-tuning/safetensors';
import { toFloat32 } from '@curvature-tuning/safetensors';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Adapter, AdapterTensor } from './adapterSchema.js';
import { adapterWithinEnds, getAdapter, HEAD } from './adapter.js';
import { adapterSchema, sizeOf, sizes } from './adapterSchema.js';
import { layersModel } from '../model/modelKind.js';

/** How PyTorch's module names are found for the layers of a model. */
export interface TorchNames {
  /** PyTorch's name of the linear head. Default `fc`, as torchvision's ResNets have it. */
  head?: string | undefined;
  /** PyTorch's module name of a layer. Default: the same name, as the models of `@curvature-tuning/models` have it. */
  module?: ((layer: string) => string) | undefined;
}

const torchNames: Schema<TorchNames> = optionsOf<TorchNames>({ head: filledText, module: func() });

export const toTorchStateDictArguments: Entries<{ adapter: Adapter; options: TorchNames }> = {
  adapter: adapterSchema,
  options: torchNames,
};

const safeTensor = objectWith<Pick<SafeTensor, 'dtype' | 'shape' | 'data'>>(
  {
    dtype: filledText as Schema<SafeTensor['dtype']>,
    shape: sizes,
    data: matching((value): value is SafeTensor['data'] => ArrayBuffer.isView(value), { expects: 'a typed array' }),
  },
  ['dtype', 'shape', 'data'],
) as Schema<SafeTensor>;

export const fromTorchStateDictArguments: Entries<{
  model: LayersModel;
  dict: ReadonlyMap<string, SafeTensor>;
  options: TorchNames;
}> = {
  model: layersModel,
  dict: mapOf(safeTensor, { expects: 'a Map of names and tensors', cure: 'parseSafetensors(bytes).tensors is one' }),
  options: torchNames,
};

/** Our weight names and PyTorch's; the curvature's, then those of batch normalisation. */
const SUFFIXES: Record<string, string> = {
  beta: '_raw_beta',
  coeff: '_raw_coeff',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};
const NORM_SUFFIXES: Record<string, string> = { gamma: 'weight', beta: 'bias' };

/**
 * The entries of a state dict that an adapter stands for; `serializeSafetensors` writes them, and in Python
 * `model.load_state_dict(safetensors.torch.load_file(path), strict=False)` takes them.
 *
 * @throws Error when the adapter holds what the authors' code has no place for: leaks, scales, chosen weights.
 */
export function toTorchStateDict(adapter: Adapter, options: TorchNames = {}): Map<string, SafeTensor<'F32'>> {
  check('toTorchStateDict', toTorchStateDictArguments, { adapter, options });
  const { head = 'fc' } = options;
  const module = moduleNames('toTorchStateDict', options);
  const { config, tensors } = adapterWithinEnds(adapter);
  const result = new Map<string, SafeTensor<'F32'>>();
  const set = (name: string, shape: number[], data: Float32Array): void =>
    void result.set(name, { dtype: 'F32', shape, data });
  for (const [name, { shape, data }] of tensors) {
    const [layer, weight] = split(name);
    if (layer === HEAD) {
      if (weight === 'kernel') set(`${head}.weight`, [shape[1]!, shape[0]!], transpose2d(data, shape[0]!, shape[1]!));
      else set(`${head}.bias`, shape, data);
      continue;
    }
    const isUnit = Object.hasOwn(config.sites, layer);
    const suffix = isUnit || !Object.hasOwn(NORM_SUFFIXES, weight) ? SUFFIXES[weight] : NORM_SUFFIXES[weight];
    if (suffix === undefined)
      throw new Error(
        `toTorchStateDict: the authors' code has no ${name}; an adapter of (beta, c), norms, statistics and ` +
          'head alone can be exported',
      );
    // Channels are last here, and after the batch there; rank 2 and 3 have them last in both.
    const unitShape = shape.length === 3 ? [1, data.length, 1, 1] : [1, ...shape];
    set(`${module(layer)}.${suffix}`, isUnit ? unitShape : shape, data);
  }
  return result;
}

/**
 * Reads an adapter for a model out of a PyTorch state dict, all of it or just the trained part.
 *
 * @param model One that the adapter is for, e.g. of `replaceActivations(base, {sharing: 'channel'})`; it is not
 * changed.
 * @throws Error naming every entry that the model needs and the dict has not, or has in another size.
 */
export async function fromTorchStateDict(
  model: LayersModel,
  dict: ReadonlyMap<string, SafeTensor>,
  options: TorchNames = {},
): Promise<Adapter> {
  check('fromTorchStateDict', fromTorchStateDictArguments, { model, dict, options });
  const { head = 'fc' } = options;
  const module = moduleNames('fromTorchStateDict', options);
  const template = await getAdapter(model);
  const tensors = new Map<string, AdapterTensor>();
  const problems: string[] = [];
  const hasHead = dict.has(`${head}.weight`);
  for (const [name, { shape, data }] of template.tensors) {
    const [layer, weight] = split(name);
    if (layer === HEAD && !hasHead) continue;
    const isUnit = Object.hasOwn(template.config.sites, layer);
    const torchName =
      layer === HEAD
        ? `${head}.${weight === 'kernel' ? 'weight' : 'bias'}`
        : `${module(layer)}.${(isUnit ? SUFFIXES[weight] : (SUFFIXES[weight] ?? NORM_SUFFIXES[weight])) ?? weight}`;
    const entry = dict.get(torchName);
    if (entry === undefined) {
      problems.push(`no ${torchName}`);
      continue;
    }
    const values = floatsOf(torchName, entry);
    const isKernel = layer === HEAD && weight === 'kernel';
    const own = isKernel ? [entry.shape[1]!, entry.shape[0]!] : layer === HEAD ? [...entry.shape] : shape;
    const expected = isKernel ? shape[0]! * entry.shape[0]! : layer === HEAD ? values.length : data.length;
    if (values.length !== expected || (isKernel && entry.shape.length !== 2))
      problems.push(
        `${torchName} has shape [${entry.shape.join(', ')}], the model's ${name} has [${shape.join(', ')}]`,
      );
    else
      tensors.set(name, {
        shape: own,
        data: isKernel ? transpose2d(values, entry.shape[0]!, entry.shape[1]!) : Float32Array.from(values),
      });
  }
  if (problems.length > 0)
    throw new Error(`fromTorchStateDict: the state dict does not fit "${model.name}": ${problems.join('; ')}`);
  const kernel = tensors.get(`${HEAD}/kernel`);
  const adapter = adapterWithinEnds({
    config: { ...template.config, head: kernel ? { features: kernel.shape[0]!, classes: kernel.shape[1]! } : null },
    tensors,
  });
  checkValue('fromTorchStateDict', 'dict', adapterSchema, adapter);
  return adapter;
}

/** What `module` makes of the name of a layer, which may not be a text. */
function moduleNames(caller: string, { module = (layer) => layer }: TorchNames): (layer: string) => string {
  return (layer) => {
    const name: unknown = module(layer);
    checkValue(caller, `module(${JSON.stringify(layer)})`, filledText, name);
    return name;
  };
}

/** The numbers of an entry, as many as its shape says. */
function floatsOf(name: string, entry: SafeTensor): Float32Array {
  let values: Float32Array;
  try {
    values = toFloat32(entry);
  } catch (cause) {
    throw new TypeError(`fromTorchStateDict: ${name} must hold floats: ${(cause as Error).message}`, { cause });
  }
  if (values.length !== sizeOf(entry.shape))
    throw new RangeError(
      `fromTorchStateDict: ${name} of shape [${entry.shape.join(', ')}] must hold ${sizeOf(entry.shape)} ` +
        `numbers, got ${values.length}`,
    );
  return values;
}

function split(name: string): [layer: string, weight: string] {
  const slash = name.lastIndexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

/** [rows, columns] -> [columns, rows] */
function transpose2d(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}
