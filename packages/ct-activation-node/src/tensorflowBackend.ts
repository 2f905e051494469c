/**
 * What tfjs-node's backend offers, of which its package exports no type that we could use without loading it.
 */
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** An attribute of a TensorFlow op. */
export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** The backend of tfjs-node. */
export interface TensorflowBackend extends KernelBackend {
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_FLOAT: number;
  };
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: TensorInfo[]): TensorInfo;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: TensorInfo[], outputs: number): TensorInfo[];
  /** What follows a fused convolution; its input itself where nothing does. */
  applyActivation(
    input: Tensor,
    activation: string | undefined,
    preluActivationWeights: Tensor | undefined,
    leakyreluAlpha: number | undefined,
  ): Tensor;
}

/** Attributes by the types of TensorFlow. */
export function attributesOf({
  binding,
}: TensorflowBackend): Record<'float' | 'int' | 'bool', (name: string, value: unknown) => OpAttribute> {
  const of =
    (type: number) =>
    (name: string, value: unknown): OpAttribute => ({ name, type, value });
  return { float: of(binding.TF_ATTR_FLOAT), int: of(binding.TF_ATTR_INT), bool: of(binding.TF_ATTR_BOOL) };
}

/** tfjs has no float16 and no bfloat16; what is not float32 would reach TensorFlow as a number of another kind. */
export function float32(inputs: TensorInfo[]): TensorInfo[] {
  const other = inputs.map(({ dtype }) => dtype).find((dtype) => dtype !== 'float32');
  if (other !== undefined) throw new TypeError(`Ctu: the native kernels take float32, got ${other}; cast it first`);
  return inputs;
}
