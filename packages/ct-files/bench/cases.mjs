// What a download comes to once its bytes are there.
import { verifySha256 } from '@curvature-tuning/files';
import { createHash } from 'node:crypto';

export const backends = ['node'];

export function cases() {
  const bytes = new Uint8Array(2 ** 24).fill(7);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { 'verifySha256 of 16 MiB': () => verifySha256(bytes, sha256, { subject: 'bench' }) };
}
