import { describe, expect, it } from 'vitest';
import { dict, floats, le, legacy, storage, tensor, text, tuple } from '../../test/written.js';
import { parseTorchFile } from '../parseTorchFile.js';

const root = dict([text('a'), tensor(storage('0', 2), 0, [2], [1])]);
const data = [le(2, 8), [...floats(1, 2)]];

describe('a file of PyTorch before 1.6', () => {
  it('is read', () => {
    const { tensors, format } = parseTorchFile(legacy(root, ['0'], data));
    expect(tensors.get('a')?.data).toEqual(Float32Array.of(1, 2));
    expect(format).toBe('legacy');
  });

  it.each<[string, Uint8Array, string]>([
    [
      'another pickle',
      legacy(root, ['0'], data, { magic: 1n }),
      'the file, byte 0: expected a file of torch.save, got a pickle of the number 1',
    ],
    ['another version', legacy(root, ['0'], data, { version: 1002 }), 'expected version 1001, got the number 1002'],
    [
      'big-endian numbers',
      legacy(root, ['0'], data, { isLittle: false }),
      'in little-endian order, got big-endian ones',
    ],
    ['a key of no storage', legacy(root, ['0', '1'], data), 'a key of no storage that a tensor has'],
    ['a storage that occurs twice', legacy(root, ['0', '0'], [data, data]), 'storage "0" occurs twice'],
    ['a missing storage', legacy(root, [], []), 'storage "0", byte'],
    [
      'another count',
      legacy(root, ['0'], [le(3, 8), [...floats(1, 2, 3)]]),
      'storage "0" has 3 elements, in the pickle 2',
    ],
    ['a negative count', legacy(root, ['0'], [le(-1, 8)]), 'a count of 18446744073709551615'],
    ['a storage that is cut short', legacy(root, ['0'], [le(2, 8), [...floats(1)]]), 'expected 8 more bytes, got 4'],
    ['bytes at the end', legacy(root, ['0'], [data, 0]), 'bytes follow the last storage'],
    [
      'a storage of two sizes',
      legacy(tuple(root, tensor(storage('0', 3), 0, [1], [1])), ['0'], data),
      'storage "0" has 12 bytes here, 8 before',
    ],
  ])('with %s is refused', (_, file, message) => {
    expect(() => parseTorchFile(file)).toThrow(message);
  });
});
