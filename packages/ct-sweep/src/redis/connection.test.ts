import { expect, it } from 'vitest';
import { connectionTo, installed, withoutPassword, within } from './connection.js';

it('reads an address, with TLS and without', () => {
  expect(connectionTo({ url: 'redis://:pass%20word@host:7000/2' })).toMatchObject({
    host: 'host',
    port: 7000,
    password: 'pass word',
    db: 2,
  });
  expect(connectionTo({ url: 'rediss://me:x@host' })).toMatchObject({ username: 'me', port: 6379, tls: {} });
});

it('refuses another address, and shows no password', () => {
  expect(() => connectionTo({ url: 'http://:secret@host' })).toThrow(
    'redis: url must be redis://:password@host:port or rediss://…, got http://:…@host',
  );
  expect(withoutPassword('redis://me:secret@host:1')).toBe('redis://me:…@host:1');
});

it('waits at most two seconds between two tries, and never gives up', () => {
  const { retryStrategy } = connectionTo({ url: 'redis://host' });
  expect([1, 2, 10, 1000].map(retryStrategy)).toEqual([200, 400, 2000, 2000]);
});

it('does not wait for ever, and names a package that is missing', async () => {
  await expect(within(20, new Promise(() => undefined))).rejects.toThrow('redis does not answer');
  expect(await within(1000, Promise.resolve(3))).toBe(3);
  const missing = (): Promise<never> => Promise.reject(Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' }));
  await expect(installed('bullmq', missing)).rejects.toThrow('needs the package bullmq; npm install bullmq ioredis');
});
