/**
 * A fingerprint of numbers: tells whether two runs saw the same images.
 */
import { Digest, hashOf } from '@curvature-tuning/checks';

/** SHA-256, as 64 hexadecimal digits, of arrays, one after another. */
export async function hashValues(...arrays: (Float32Array | Int32Array)[]): Promise<string> {
  const digest = new Digest();
  for (const array of arrays) digest.text(await hashOf(array));
  return digest.hex();
}
