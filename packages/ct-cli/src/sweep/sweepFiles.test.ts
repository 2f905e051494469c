import { expect, it } from 'vitest';
import { moduleOf, redisOf } from './sweepFiles.js';

it('a module is named by its path, or by its package', () => {
  expect(moduleOf('./cells.js')).toMatch(/^file:.*\/cells\.js$/);
  expect(moduleOf('my-cells')).toBe('my-cells');
  expect(moduleOf(undefined)).toMatch(/dist\/cells\/index\.js$/);
});

it('says where a queue is, and asks where nobody did', () => {
  expect(redisOf({ redis: 'redis://x', redisCa: 'ca.pem' })).toEqual({ url: 'redis://x', ca: 'ca.pem' });
  expect(() => redisOf({})).toThrow('--redis, or CT_REDIS, must say where the queue is');
});
