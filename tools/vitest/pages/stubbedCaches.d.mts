import type { cacheStorage } from './cacheStorage.mjs';

/** Stands in for `caches` in every test of the file; what is returned is what they keep, anew for each. */
export declare function stubbedCaches(): ReturnType<typeof cacheStorage>;
