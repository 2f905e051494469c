/** Cache Storage, as far as it is used: `kept` is what is in it, `quota` the most bytes of an entry. */
export function cacheStorage(): { kept: Map<string, Blob>; storage: object; limit: { quota: number } } {
  const kept = new Map<string, Blob>();
  const limit = { quota: Infinity };
  const cache = {
    match: (key: string) => {
      const found = kept.get(key);
      return Promise.resolve(found && new Response(found));
    },
    put: async (key: string, response: Response) => {
      const blob = await response.blob();
      if (blob.size > limit.quota) throw new DOMException('full', 'QuotaExceededError');
      kept.set(key, blob);
    },
    delete: (key: string) => Promise.resolve(kept.delete(key)),
  };
  return { kept, storage: { open: () => Promise.resolve(cache) }, limit };
}
