// Reading and resizing images.
import { parseIdx, resample } from '@curvature-tuning/datasets';

export const backends = ['node'];

export function cases() {
  const idx = new Uint8Array(16 + 28 * 28 * 10_000);
  idx.set([0, 0, 8, 3, 0, 0, 0x27, 0x10, 0, 0, 0, 28, 0, 0, 0, 28]);
  const photo = new Uint8Array(480 * 640 * 3).map((_, i) => (i * 31) % 256);
  return {
    'parseIdx of 10,000 images': () => parseIdx(idx),
    'resample 480 x 640 to 224 x 224': () => resample(photo, [480, 640, 3], [224, 224]),
  };
}
