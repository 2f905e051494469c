import { expect, it } from 'vitest';
import { dtypeNamed } from '../torchDtypes.js';
import type { Value } from './values.js';
import { GlobalName, kindOf, StorageRef, TensorRef, Tuple, Unread } from './values.js';

const float32 = dtypeNamed('torch.float32')!;
const storage = new StorageRef('0', float32, { count: 1, byte: 0 });

it.each<[Value, string]>([
  [null, 'None'],
  [true, 'a truth value'],
  [3, 'the number 3'],
  [2n ** 70n, 'the number 1180591620717411303424'],
  ['x', 'a text'],
  [[], 'a list'],
  [new Map(), 'a dictionary'],
  [new Tuple([]), 'a tuple'],
  [new GlobalName('torch.device'), 'torch.device'],
  [new Unread('a set', false), 'a set'],
  [storage, 'a storage'],
  [new TensorRef(storage, float32, { offset: 0, shape: [], stride: [] }), 'a tensor'],
])('kindOf(%o) is %s', (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});
