import { afterEach, expect, it, vi } from 'vitest';
import { mirrorsOf } from './mirrors.js';

afterEach(() => vi.unstubAllEnvs());

it.each([
  ['', []],
  ['http://a/sets', ['http://a/sets/dtd/']],
  [' http://a/ https://b/c ', ['http://a/dtd/', 'https://b/c/dtd/']],
])('CT_DATA_MIRROR of %j has the folders %j', (value, expected) => {
  vi.stubEnv('CT_DATA_MIRROR', value);
  expect(mirrorsOf('dtd')).toEqual(expected);
});
