import { checkValue } from '@curvature-tuning/checks';
import { expect, it } from 'vitest';
import type { Adapter, AdapterConfig } from './adapterSchema.js';
import { adapterSchema, sizeOf } from './adapterSchema.js';

const config: AdapterConfig = {
  version: 1,
  base: { name: 'net', fingerprint: '0123456789abcdef' },
  sharing: 'channel',
  sites: { relu: { kind: 'relu', channels: 2 } },
  head: { features: 2, classes: 1 },
  batchNorm: false,
};
const adapter = (
  change: Partial<Record<keyof AdapterConfig, unknown>> = {},
  tensors: Record<string, { shape: number[]; data: Float32Array }> = {},
): Adapter => ({
  config: { ...config, ...change } as AdapterConfig,
  tensors: new Map(
    Object.entries({
      'relu/beta': { shape: [2], data: Float32Array.of(1, -Infinity) },
      'head/kernel': { shape: [2, 1], data: Float32Array.of(1, 2) },
      ...tensors,
    }),
  ),
});
const checked = (value: unknown): void => checkValue('f', 'adapter', adapterSchema, value as Adapter);

it('takes an adapter, raw values at infinity too', () => {
  expect(() => checked(adapter())).not.toThrow();
});

it.each([
  ['another version', adapter({ version: 2 }), /version 1/],
  ['a fingerprint of another form', adapter({ base: { name: 'n', fingerprint: 'abc' } }), /16 hexadecimal digits/],
  ['a sharing that there is none of', adapter({ sharing: 'all' }), /sharing/],
  [
    'a tensor with too few numbers',
    adapter({}, { 'relu/coeff': { shape: [3], data: Float32Array.of(1) } }),
    /the tensor relu\/coeff of shape \[3\] with 1 numbers/,
  ],
  [
    'a tensor of no layer',
    adapter({}, { relu: { shape: [], data: Float32Array.of(1) } }),
    /which is not layer\/weight/,
  ],
  ['NaN', adapter({}, { 'relu/coeff': { shape: [1], data: Float32Array.of(NaN) } }), /NaN in the tensor relu\/coeff/],
  [
    'an infinite weight that is no raw value',
    adapter({}, { 'bn/beta': { shape: [1], data: Float32Array.of(Infinity) } }),
    /Infinity in the tensor bn\/beta/,
  ],
  [
    'a head that its kernel is not',
    adapter({ head: { features: 3, classes: 1 } }),
    /config.head of \[3, 1\] and a head/,
  ],
  ['a kernel without a head', adapter({ head: null }), /config.head of null and a head\/kernel of shape \[2, 1\]/],
  ['no statistics where it says so', adapter({ batchNorm: true }), /config.batchNorm of true and no moving statistics/],
])('refuses %s', (_, value, message) => {
  expect(() => checked(value)).toThrow(message);
});

it('counts the numbers of a shape', () => {
  expect([sizeOf([2, 3]), sizeOf([]), sizeOf([0, 3])]).toEqual([6, 1, 0]);
});
