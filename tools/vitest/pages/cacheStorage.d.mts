/** Cache Storage, as far as it is used: `kept` is what is in it, `limit.quota` the most bytes of an entry. */
export function cacheStorage(): { kept: Map<string, Blob>; storage: object; limit: { quota: number } };
