import { expect, it } from 'vitest';
import type { SealedTensor } from './seal.js';
import { checkSeal, sealed } from './seal.js';

const tensors = (): Map<string, SealedTensor> =>
  new Map([
    ['b', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }],
    ['a', { dtype: 'U8', shape: [1], data: Uint8Array.of(3) }],
  ]);

it('a sealed file holds whatever the order of its tensors and keys', () => {
  const metadata = sealed(tensors(), { x: '1', y: '2' });
  expect(metadata).toEqual({ x: '1', y: '2', sha256: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
  const { sha256, y, x } = metadata;
  expect(() =>
    checkSeal(
      'f',
      'the file',
      { tensors: new Map([...tensors()].reverse()), metadata: { sha256: sha256!, y: y!, x: x! } },
      'make it anew',
    ),
  ).not.toThrow();
});

it.each<[string, (file: { tensors: Map<string, SealedTensor>; metadata: Record<string, string> }) => void]>([
  [
    'a number',
    ({ tensors }) => void tensors.set('b', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2.0000002) }),
  ],
  ['a shape', ({ tensors }) => void tensors.set('b', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, 2) })],
  ['a dtype', ({ tensors }) => void tensors.set('b', { dtype: 'I32', shape: [2], data: Float32Array.of(1, 2) })],
  ['a name', ({ tensors }) => void (tensors.set('c', tensors.get('a')!), tensors.delete('a'))],
  ['a tensor less', ({ tensors }) => void tensors.delete('a')],
  ['a tensor more', ({ tensors }) => void tensors.set('c', tensors.get('a')!)],
  ['a metadata value', ({ metadata }) => void (metadata['x'] = '2')],
  ['a metadata key less', ({ metadata }) => void delete metadata['x']],
  ['the hash', ({ metadata }) => void (metadata['sha256'] = '0'.repeat(32))],
])('finds out when %s was changed', (_, change) => {
  const file = { tensors: tensors(), metadata: sealed(tensors(), { x: '1' }) };
  change(file);
  expect(() => checkSeal('f', 'the file', file, 'make it anew')).toThrow(
    /^f: the file is damaged: its contents have sha256 [0-9a-f]{16}…, and it says "[0-9a-f]{16}"…; make it anew$/,
  );
});

it('asks for the hash', () => {
  expect(() => checkSeal('f', 'the file', { tensors: tensors(), metadata: { x: '1' } }, 'make it anew')).toThrow(
    'f: the file must carry the hash of its contents, got no metadata "sha256"; make it anew',
  );
});
