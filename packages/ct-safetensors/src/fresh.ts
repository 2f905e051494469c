/**
 * The type of arrays that are made anew, for `Blob`, `fetch` and WebCrypto, which take no view of shared memory.
 */

/**
 * `Fresh<Uint8Array>` is `Uint8Array<ArrayBuffer>` from TypeScript 5.7 on, and `Uint8Array` before, where arrays are
 * not generic.
 */
export type Fresh<
  A extends {
    /** A copy. */
    slice(): unknown;
  },
> = ReturnType<A['slice']>;
