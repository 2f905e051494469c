// @ts-check
// Pages' caches for the tests of a file, each of which begins with none.
import { afterEach, beforeEach, vi } from 'vitest';
import { cacheStorage } from './cacheStorage.mjs';

/** @type {typeof import('./stubbedCaches.mjs').stubbedCaches} */
export function stubbedCaches() {
  const store = cacheStorage();
  beforeEach(() => {
    Object.assign(store, cacheStorage());
    vi.stubGlobal('caches', store.storage);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  return store;
}
