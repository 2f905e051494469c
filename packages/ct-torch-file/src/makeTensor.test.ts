import { describe, expect, it } from 'vitest';
import { Allowance } from './allowance.js';
import { makeTensor } from './makeTensor.js';
import { StorageRef, TensorRef } from './pickle/values.js';
import { dtypeNamed } from './torchDtypes.js';

const float32 = dtypeNamed('torch.float32')!;
const values = Float32Array.from({ length: 12 }, (_, i) => i);
const bytes = new Uint8Array(values.buffer);
const storage = { bytes, aligned: () => bytes };
const place = { byte: 7, field: 'tensor "a"' };

function make(offset: number, shape: number[], stride: number[], allowance = new Allowance(1000, 0)) {
  const ref = new TensorRef(new StorageRef('0', float32, { count: 12, byte: 7 }), float32, { offset, shape, stride });
  return makeTensor(ref, 'F32', storage, { allowance, place });
}

describe('makeTensor', () => {
  it.each([
    ['all', 0, [3, 4], [4, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['the transpose', 0, [4, 3], [1, 4], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['every second', 1, [3], [2], [1, 3, 5]],
    ['one, three times', 5, [3], [0], [5, 5, 5]],
    ['three axes', 0, [2, 2, 2], [6, 1, 3], [0, 3, 1, 4, 6, 9, 7, 10]],
    ['a scalar', 11, [], [], [11]],
    ['an axis of one, whatever its stride', 2, [2, 1], [1, 999], [2, 3]],
    ['nothing, at the end', 12, [0, 5], [5, 1], []],
    ['nothing, of a huge shape', 0, [0, 2 ** 40], [1, 1], []],
  ])('is x[i, j] = storage[offset + i s + j t] of %s', (_, offset, shape, stride, expected) => {
    const tensor = make(offset, shape, stride);
    expect([...(tensor.data as Float32Array)]).toEqual(expected);
    expect(tensor.shape).toEqual(shape);
  });

  it.each([
    ['the last element', 1, [3, 4], [4, 1], 'reaches element 12 of a storage of 12'],
    ['an offset', 13, [0], [1], 'reaches element 13 of a storage of 12'],
    ['a stride', 0, [2], [2 ** 52], 'reaches element 4503599627370496 of a storage of 12'],
    ['a product', 0, [2 ** 30, 2 ** 30], [0, 0], 'a shape of [1073741824, 1073741824] counts beyond 2^53 - 1'],
    ['a sum', 2 ** 53 - 1, [3], [2 ** 53 - 1], 'a shape of [3] counts beyond 2^53 - 1'],
  ])('refuses %s beyond the storage', (_, offset, shape, stride, message) => {
    expect(() => make(offset, shape, stride)).toThrow(`parseTorchFile: tensor "a", byte 7: ${message}`);
  });

  it('refuses a repetition that costs more than the file may', () => {
    expect(() => make(0, [2 ** 40], [0])).toThrow('takes 4398046511104 bytes of memory where 16778216 are left');
  });
});
