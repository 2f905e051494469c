/**
 * A short fingerprint of numbers: tells whether two runs saw the same images.
 */

/** 64 bits, as 16 hexadecimal digits, of the bytes of an array (two FNV-1a hashes of 32 bits; not cryptographic). */
export function hashValues(...arrays: (Float32Array | Int32Array)[]): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const array of arrays) {
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength)) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x85ebca6b);
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
