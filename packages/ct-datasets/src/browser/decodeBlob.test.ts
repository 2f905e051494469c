// What a page decodes is in test/openDataset.browser.ts.
import { afterEach, expect, it, vi } from 'vitest';
import { decodeBlob } from './decodeBlob.js';

afterEach(() => vi.unstubAllGlobals());

it('names the file and the byte of what the browser cannot decode', async () => {
  vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('no image')));
  // A PNG file that ends within its first chunk.
  const blob = new Blob([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)]);
  await expect(decodeBlob(blob, 'a/1.png', {})).rejects.toMatchObject({
    message: 'loadDataset: a/1.png is damaged at byte 12: the browser cannot decode it; fetch it again',
    offset: 12,
  });
});
