/**
 * The checksum of zip files, CRC-32 of ISO 3309 with the polynomial 0xedb88320.
 */

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** The sum of `bytes` behind what `sum` is the sum of; 0 where nothing came before. */
export function crc32(bytes: Uint8Array, sum = 0): number {
  let value = ~sum;
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}
