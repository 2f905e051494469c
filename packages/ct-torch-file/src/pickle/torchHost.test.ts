import { describe, expect, it } from 'vitest';
import type { Piece } from '../../test/written.js';
import { allowance, global, int, pickle, storage, tensor, text, tuple } from '../../test/written.js';
import { Cursor } from '../cursor.js';
import { torchHost } from './torchHost.js';
import { unpickle } from './unpickle.js';
import type { Value } from './values.js';
import { TensorRef, Tuple, Unread } from './values.js';

function read(pieces: Piece, refused: 'error' | 'skip' = 'error'): Value {
  const cursor = new Cursor({ bytes: pickle(pieces), start: 0, field: 'data.pkl' });
  return unpickle(cursor, torchHost(refused), allowance());
}

const plain = tensor(storage('0', 6), 1, [2, 2], [2, 1]);
const call = (module: string, name: string, ...args: readonly Piece[]): Piece => [
  global(module, name),
  tuple(...args),
  'R',
];

describe('torchHost', () => {
  it.each<[string, Piece]>([
    ['a tensor', plain],
    ['a parameter', call('torch._utils', '_rebuild_parameter', plain, 0x88, 'N')],
    [
      'a tensor with attributes',
      call(
        'torch._tensor',
        '_rebuild_from_type_v2',
        global('torch._utils', '_rebuild_tensor_v2'),
        global('torch', 'Tensor'),
        tuple(storage('0', 6), int(1), tuple(int(2), int(2)), tuple(int(2), int(1)), 0x89, 'N'),
        'N',
      ),
    ],
    [
      'a tensor of an untyped storage',
      call(
        'torch._utils',
        '_rebuild_tensor_v3',
        [tuple(text('storage'), global('torch.storage', 'UntypedStorage'), text('0'), text('cpu'), int(24)), 'Q'],
        int(1),
        tuple(int(2), int(2)),
        tuple(int(2), int(1)),
        0x89,
        'N',
        global('torch', 'float32'),
      ),
    ],
  ])('describes %s', (_, pieces) => {
    const value = read(pieces) as TensorRef;
    expect(value).toBeInstanceOf(TensorRef);
    expect({ ...value, storage: value.storage.key, dtype: value.dtype.name }).toEqual({
      storage: '0',
      dtype: 'float32',
      offset: 1,
      shape: [2, 2],
      stride: [2, 1],
    });
  });

  it.each<[string, Piece, Value]>([
    [
      'a dictionary of pairs, as Python 2 has them',
      call('collections', 'OrderedDict', [']', ']', '(', text('a'), int(1), 'e', 'a']),
      new Map([['a', 1]]),
    ],
    ['a dictionary with a default', call('collections', 'defaultdict', global('__builtin__', 'dict')), new Map()],
    ['a size', call('torch', 'Size', [tuple(int(2), int(3))]), new Tuple([2, 3])],
    ['a device', call('torch', 'device', text('cpu')), new Unread('a device', false)],
  ])('makes %s', (_, pieces, expected) => {
    expect(read(pieces)).toEqual(expected);
  });

  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['__builtin__', 'getattr'],
    ['subprocess', 'Popen'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['collections', 'toString'],
    ['constructor', 'constructor'],
    ['torch._utils', '__proto__'],
  ])('refuses %s.%s by its name, and runs nothing where it is left out', (module, name) => {
    const pieces = call(module, name, text('rm -rf /'));
    expect(() => read(pieces)).toThrow(`data.pkl, byte 2: asks for "${module}.${name}", which is not on the list`);
    expect(read(pieces, 'skip')).toEqual(new Unread(`made by "${module}.${name}", which is refused`, false));
  });

  it.each<[string, Piece, string]>([
    [
      'a call of a name alone',
      call('torch', 'float32', int(1)),
      'calls "torch.float32", which is known as a name alone',
    ],
    ['a call of a number', [int(1), ')', 'R'], 'calls the number 1'],
    ['a tensor of no storage', call('torch._utils', '_rebuild_tensor_v2', int(1)), 'makes a tensor of no storage'],
    ['a negative offset', tensor(storage('0', 6), -1, [1], [1]), 'are not at most 64 whole numbers from 0'],
    ['a negative size', tensor(storage('0', 6), 0, [-1], [1]), 'are not at most 64 whole numbers from 0'],
    ['a negative stride', tensor(storage('0', 6), 0, [1], [-1]), 'are not at most 64 whole numbers from 0'],
    ['a stride too few', tensor(storage('0', 6), 0, [1, 1], [1]), 'are not at most 64 whole numbers from 0'],
    [
      'a size of 2^60',
      [
        global('torch._utils', '_rebuild_tensor_v2'),
        tuple(storage('0', 6), int(0), tuple(int(2n ** 60n)), tuple(int(1))),
        'R',
      ],
      'are not at most 64 whole numbers from 0',
    ],
    [
      '65 dimensions',
      tensor(storage('0', 6), 0, new Array<number>(65).fill(1), new Array<number>(65).fill(1)),
      'are not at most 64 whole numbers from 0',
    ],
    ['a storage of negative size', storage('0', -1), 'a storage of the number -1 elements'],
    ['another persistent id', [text('0'), 'Q'], 'expected a persistent id of a storage, got a text'],
    ['a storage of two sizes', tuple(storage('0', 6), storage('0', 7)), 'storage "0" has 28 bytes here, 24 before'],
    [
      'a parameter of a number',
      call('torch._utils', '_rebuild_parameter', int(1)),
      'makes a parameter of the number 1',
    ],
    [
      'attributes of a tensor with attributes',
      call('torch._tensor', '_rebuild_from_type_v2', global('torch._tensor', '_rebuild_from_type_v2'), 'N', tuple()),
      'calls "torch._tensor._rebuild_from_type_v2", which is known as a name alone',
    ],
  ])('refuses %s', (_, pieces, message) => {
    expect(() => read(pieces)).toThrow(message);
  });
});
