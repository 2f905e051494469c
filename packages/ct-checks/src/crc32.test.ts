import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('crc32', () => {
  // The check values of the catalogue of parametrised CRC algorithms (CRC-32/ISO-HDLC), and of RFC 3720's zeros.
  it.each([
    ['', 0],
    ['123456789', 0xcbf43926],
    ['a', 0xe8b7be43],
    ['\0'.repeat(32), 0x190a55ad],
  ])('of %j is %i', (text, sum) => expect(crc32(bytesOf(text))).toBe(sum));

  it('is the same wherever the bytes are cut, at steps of eight and between', () => {
    const bytes = Uint8Array.from({ length: 41 }, (_, i) => (i * 97) % 256);
    for (let at = 0; at <= bytes.length; at++)
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(crc32(bytes));
  });
});
