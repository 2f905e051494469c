/**
 * A LoRA adapter in the names, shapes and configuration of Hugging Face's PEFT, as plain numbers.
 *
 * PEFT's layouts: a linear layer has lora_A.weight [r, in] and lora_B.weight [out, r]; a convolution [r, in, height,
 * width] and [out, r, 1, 1], with `in` = 1 where every channel is a group of its own. Keys begin with
 * `base_model.model.`.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
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
import type { PeftConfig } from './peftConfig.js';
import { checkPeftConfig, peftConfigSchema } from './peftConfig.js';

/** What PEFT's keys begin with. */
export const PREFIX = 'base_model.model.';

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
  moduleOf?: ((layer: string) => string) | undefined;
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

/** A LoRA adapter, but for what `checkAdapter` looks at. */
export const loraAdapter: Schema<LoraAdapter> = options<LoraAdapter>(
  {
    config: peftConfigSchema,
    tensors: matching(
      (value): value is LoraAdapter['tensors'] => Object.prototype.toString.call(value) === '[object Map]',
      { expects: "a Map of tensors by PEFT's keys" },
    ),
  },
  ['config', 'tensors'],
);
/** The options that name layers. */
export const moduleNames: Entries<ModuleNames> = { moduleOf: func() };

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
export function namesOf(
  caller: string,
  { moduleOf = (layer) => layer.replaceAll('/', '.') }: ModuleNames,
): (layer: string) => string {
  return (layer) => {
    const name: unknown = moduleOf(layer);
    checkValue(caller, `moduleOf(${show(layer)})`, filledText, name);
    return name;
  };
}
