import { expect, it } from 'vitest';
import { nearest } from './nearest.js';

const names = [
  'resnet18.tv_in1k',
  'resnet34.tv_in1k',
  'vgg11.tv_in1k',
  'vgg11_bn.tv_in1k',
  'swin_t.tv_in1k',
  'wrn_28_10.rb',
];

it('finds what was mistyped, in whole or before the tag', () => {
  expect(nearest('resnet81', names)[0]).toMatch(/^resnet/);
  expect(nearest('vgg11-bn', names)[0]).toBe('vgg11_bn.tv_in1k');
  expect(nearest('swin_t.tv_in1', names)[0]).toBe('swin_t.tv_in1k');
  expect(nearest('WRN', names)[0]).toBe('wrn_28_10.rb');
});

it('gives five at most, and takes an empty text', () => {
  expect(nearest('', names)).toHaveLength(5);
  expect(nearest('x', names.slice(0, 2))).toHaveLength(2);
  expect(nearest('x', [])).toEqual([]);
});
