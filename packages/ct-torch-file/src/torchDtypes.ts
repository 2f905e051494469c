/**
 * The types of PyTorch's numbers, with the names that files call them by, and the dtype of `.safetensors` that holds
 * the same bits.
 */

import type { Dtype } from '@curvature-tuning/safetensors';

/** A type of numbers. */
export interface TorchDtype {
  /** As PyTorch says it: `float32`. */
  readonly name: string;
  /** Bytes of an element. */
  readonly bytes: number;
  /** What holds the same bits; null where nothing does, for which tensors of it are left out by name. */
  readonly dtype: Dtype | null;
}

/** By the names after `torch.`, as in `torch.float32`. */
const BY_NAME: Readonly<Record<string, TorchDtype>> = Object.fromEntries(
  [
    { name: 'float32', bytes: 4, dtype: 'F32' } as const,
    { name: 'float64', bytes: 8, dtype: 'F64' } as const,
    { name: 'float16', bytes: 2, dtype: 'F16' } as const,
    { name: 'bfloat16', bytes: 2, dtype: 'BF16' } as const,
    { name: 'int64', bytes: 8, dtype: 'I64' } as const,
    { name: 'int32', bytes: 4, dtype: 'I32' } as const,
    { name: 'int16', bytes: 2, dtype: 'I16' } as const,
    { name: 'int8', bytes: 1, dtype: 'I8' } as const,
    { name: 'uint8', bytes: 1, dtype: 'U8' } as const,
    { name: 'uint16', bytes: 2, dtype: 'U16' } as const,
    { name: 'uint32', bytes: 4, dtype: 'U32' } as const,
    { name: 'uint64', bytes: 8, dtype: 'U64' } as const,
    { name: 'bool', bytes: 1, dtype: 'BOOL' } as const,
    { name: 'complex64', bytes: 8, dtype: 'C64' } as const,
    { name: 'complex128', bytes: 16, dtype: null },
    { name: 'complex32', bytes: 4, dtype: null },
    { name: 'float8_e4m3fn', bytes: 1, dtype: 'F8_E4M3' } as const,
    { name: 'float8_e5m2', bytes: 1, dtype: 'F8_E5M2' } as const,
    { name: 'float8_e4m3fnuz', bytes: 1, dtype: 'F8_E4M3FNUZ' } as const,
    { name: 'float8_e5m2fnuz', bytes: 1, dtype: 'F8_E5M2FNUZ' } as const,
    { name: 'float8_e8m0fnu', bytes: 1, dtype: 'F8_E8M0' } as const,
    { name: 'qint8', bytes: 1, dtype: null },
    { name: 'quint8', bytes: 1, dtype: null },
    { name: 'qint32', bytes: 4, dtype: null },
    { name: 'quint4x2', bytes: 1, dtype: null },
    { name: 'quint2x4', bytes: 1, dtype: null },
  ].map((dtype): [string, TorchDtype] => [dtype.name, dtype]),
);

/** The classes of typed storages, by their names after `torch.`. */
const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
  QInt8Storage: 'qint8',
  QUInt8Storage: 'quint8',
  QInt32Storage: 'qint32',
  QUInt4x2Storage: 'quint4x2',
  QUInt2x4Storage: 'quint2x4',
};

const UNTYPED = new Set(['torch.storage.UntypedStorage', 'torch.UntypedStorage', 'torch.storage._UntypedStorage']);

/** The dtype that a global names, such as `torch.float32`. */
export function dtypeNamed(global: string): TorchDtype | undefined {
  const [, name = ''] = /^torch\.(\w+)$/.exec(global) ?? [];
  return Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
}

/** The dtype of the storage class that a global names; null for bytes of no type, undefined for other globals. */
export function storageDtype(global: string): TorchDtype | null | undefined {
  if (UNTYPED.has(global)) return null;
  const [, name = ''] = /^torch\.(?:cuda\.)?(\w+)$/.exec(global) ?? [];
  return Object.hasOwn(STORAGES, name) ? BY_NAME[STORAGES[name]!] : undefined;
}
