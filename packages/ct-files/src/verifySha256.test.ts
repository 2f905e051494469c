import { expect, it } from 'vitest';
import { verifySha256 } from './verifySha256.js';

// Of no bytes: FIPS 180-4.
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

it('takes the bytes whose sum it is, in either case, and names both sums of others', async () => {
  await verifySha256(new Uint8Array(), empty);
  await verifySha256(new Uint8Array(), empty.toUpperCase());
  const other = '0'.repeat(64);
  await expect(verifySha256(new Uint8Array(), other)).rejects.toThrow(
    `verifySha256: expected the file to have SHA-256 ${other}, got ${empty}; the file is damaged or another one`,
  );
  await expect(verifySha256(new Uint8Array(), other, { subject: 'load: expected "x"' })).rejects.toThrow(
    `load: expected "x" to have SHA-256 ${other}, got ${empty}`,
  );
});
