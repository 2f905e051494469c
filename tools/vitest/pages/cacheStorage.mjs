// @ts-check
// Cache Storage, as far as it is used, for tests in Node of what pages keep.

/**
 * `kept` is what is in it, by its address; `limit.quota` the most bytes of an entry.
 *
 * @returns {{ kept: Map<string, Blob>, storage: object, limit: { quota: number } }}
 */
export function cacheStorage() {
  /** @type {Map<string, Blob>} */
  const kept = new Map();
  /** @type {Map<string, Headers>} */
  const headers = new Map();
  const limit = { quota: Infinity };
  const cache = {
    /** @param {string} key */
    match: (key) => {
      const found = kept.get(key);
      return Promise.resolve(found && new globalThis.Response(found, { headers: headers.get(key) }));
    },
    /**
     * @param {string} key
     * @param {Response} response
     */
    put: async (key, response) => {
      const blob = await response.blob();
      if (blob.size > limit.quota) throw new globalThis.DOMException('full', 'QuotaExceededError');
      kept.set(key, blob);
      headers.set(key, response.headers);
    },
    /** @param {string} key */
    delete: (key) => Promise.resolve(kept.delete(key)),
  };
  return { kept, storage: { open: () => Promise.resolve(cache) }, limit };
}
