/**
 * Files of named tensors that carry a hash over all the rest: what was damaged or changed by hand is not believed.
 */
import { Digest } from './digest.js';

/** A tensor as `.safetensors` files have it. */
export interface SealedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

const KEY = 'sha256';

/** The metadata with the hash of tensors and metadata beside the rest, as `sha256`: its first 128 bits. */
export function sealed(
  tensors: Iterable<readonly [string, SealedTensor]>,
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...metadata, [KEY]: sealOf(tensors, metadata) };
}

/**
 * Checks that a file holds what its `sha256` was taken of. The order of tensors and the layout of the file do not
 * count.
 *
 * @param name What to call the file in errors.
 * @param cure What to do about one that is damaged.
 * @throws Error when the hash is missing or another.
 */
export function checkSeal(
  caller: string,
  name: string,
  {
    tensors,
    metadata,
  }: { tensors: Iterable<readonly [string, SealedTensor]>; metadata: Readonly<Record<string, string>> },
  cure: string,
): void {
  const { [KEY]: claimed, ...rest } = metadata;
  if (claimed === undefined)
    throw new Error(`${caller}: ${name} must carry the hash of its contents, got no metadata "${KEY}"; ${cure}`);
  const actual = sealOf(tensors, rest);
  if (actual !== claimed)
    throw new Error(
      `${caller}: ${name} is damaged: its contents have sha256 ${actual.slice(0, 16)}…, and it says ` +
        `${JSON.stringify(claimed.slice(0, 16))}…; ${cure}`,
    );
}

function sealOf(
  tensors: Iterable<readonly [string, SealedTensor]>,
  metadata: Readonly<Record<string, string>>,
): string {
  const digest = new Digest().json(metadata);
  for (const [name, { dtype, shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1)))
    digest.json([name, dtype, shape]).numbers(data);
  return digest.hex().slice(0, 32);
}
