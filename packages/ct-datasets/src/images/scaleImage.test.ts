import { describe, expect, it } from 'vitest';
import { resample } from './resample.js';
import { resizeToCover } from './resizeToCover.js';
import { scaleImage } from './scaleImage.js';

const shape = [30, 41, 3] as const;
const pixels = Uint8Array.from({ length: 30 * 41 * 3 }, (_, i) => (i * 7919) % 251);

describe('scaleImage', () => {
  it('is resizeToCover unless told', () => {
    expect(scaleImage(pixels, shape, [12, 12])).toEqual(resizeToCover(pixels, shape, [12, 12]));
  });

  it('squashes as resample scales', () => {
    const scaled = scaleImage(pixels, shape, [12, 9], { cropMode: 'squash', interpolation: 'bicubic' });
    expect(scaled).toEqual(resample(pixels, shape, [12, 9], { filter: 'bicubic' }));
  });

  it('crops the part that cropPct says of the scaled image', () => {
    // 14 / (14/16) = 16 on the short side, and 21 on the long one.
    const whole = resample(pixels, shape, [16, 21]);
    const cropped = scaleImage(pixels, shape, [14, 14], { cropPct: 14 / 16 });
    const rows = Array.from({ length: 14 }, (_, y) => [
      ...whole.subarray(((y + 1) * 21 + 4) * 3, ((y + 1) * 21 + 18) * 3),
    ]);
    expect([...cropped]).toEqual(rows.flat());
  });

  it('makes grey colour, and colour grey as Pillow does', () => {
    const grey = scaleImage(Uint8Array.of(255, 0, 0, 0, 255, 0), [1, 2, 3], [1, 2], { channels: 1 });
    expect([...grey]).toEqual([76, 150]);
    expect([...scaleImage(grey, [1, 2, 1], [1, 2], { channels: 3 })]).toEqual([76, 76, 76, 150, 150, 150]);
    expect(() => scaleImage(new Uint8Array(8), [1, 2, 4], [1, 2], { channels: 1 })).toThrow(
      'scaleImage: pixels must have 1 or 3 channels to become 1, got 4',
    );
  });

  it('refuses pixels of another shape', () => {
    expect(() => scaleImage(pixels, [30, 40, 3], [12, 12])).toThrow(
      'scaleImage: pixels must be 30 x 40 x 3 bytes, got 3690',
    );
  });
});
