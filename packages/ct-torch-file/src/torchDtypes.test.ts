import { describe, expect, it } from 'vitest';
import { dtypeNamed, storageDtype } from './torchDtypes.js';

describe('dtypes of PyTorch', () => {
  it.each([
    ['torch.FloatStorage', 'float32', 4, 'F32'],
    ['torch.cuda.HalfStorage', 'float16', 2, 'F16'],
    ['torch.BFloat16Storage', 'bfloat16', 2, 'BF16'],
    ['torch.ComplexDoubleStorage', 'complex128', 16, null],
    ['torch.QInt8Storage', 'qint8', 1, null],
  ])('%s holds %s', (global, name, bytes, dtype) => {
    expect(storageDtype(global)).toEqual({ name, bytes, dtype });
    expect(dtypeNamed(`torch.${name}`)).toBe(storageDtype(global));
  });

  it('knows storages of no type, and nothing of the prototype', () => {
    expect(storageDtype('torch.storage.UntypedStorage')).toBeNull();
    for (const name of ['torch.toString', 'torch.constructor', 'torch.__proto__', 'os.FloatStorage', 'numpy.float32'])
      expect([storageDtype(name), dtypeNamed(name)]).toEqual([undefined, undefined]);
  });
});
