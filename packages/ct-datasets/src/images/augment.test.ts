import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { augment, rotate } from './augment.js';

const { cases } = JSON.parse(readFileSync(new URL('../../test/golden/rotate.json', import.meta.url), 'utf8')) as {
  cases: { shape: [number, number, number]; degrees: number; sha256: string }[];
};
const place = { index: 3, label: 0, epoch: 0 };
const image = { values: Uint8Array.from({ length: 12 }, (_, i) => i + 1), shape: [3, 4, 1] };

describe('rotate', () => {
  it(`equals Pillow's in all ${cases.length} cases, to the bit`, () => {
    for (const { shape, degrees, sha256 } of cases) {
      const length = shape.reduce((product, side) => product * side, 1);
      const values = Uint8Array.from({ length }, (_, i) => Math.floor((i * i * 7919 + i * 104729) / 16) % 256);
      const turned = rotate({ values, shape }, degrees).values as Uint8Array;
      expect(createHash('sha256').update(turned).digest('hex')).toBe(sha256);
    }
  });
});

describe('augment', () => {
  it('draws the same for a seed, an example and an epoch, and others for others', () => {
    const changed = (seed: number, index: number, epoch: number): string =>
      augment({ crop: 3, padding: 4, flip: true, degrees: 15, seed })(image, { ...place, index, epoch }).values.join();
    expect(changed(1, 2, 3)).toBe(changed(1, 2, 3));
    const drawn = Array.from({ length: 50 }, (_, i) => [changed(i, 0, 0), changed(0, i, 0), changed(0, 0, i)]).flat();
    expect(new Set(drawn).size).toBeGreaterThan(30);
  });

  it('mirrors half of the images, and crops every place alike', () => {
    const mirrored = Array.from({ length: 1000 }, (_, index) => augment({ flip: true })(image, { ...place, index }));
    const times = mirrored.filter(({ values }) => values[0] === 4).length;
    expect(mirrored.every(({ values }) => values[0] === 1 || values[0] === 4)).toBe(true);
    expect(Math.abs(times - 500)).toBeLessThan(60);
    const corners = Array.from(
      { length: 1000 },
      (_, index) => augment({ crop: 2 })(image, { ...place, index }).values[0],
    );
    const counts = [1, 2, 3, 5, 6, 7].map((value) => corners.filter((corner) => corner === value).length);
    expect(counts.reduce((sum, count) => sum + count)).toBe(1000);
    expect(Math.min(...counts)).toBeGreaterThan(120);
  });

  it('leaves an image as it is where nothing is asked for, and refuses a crop beyond it', () => {
    expect(augment({})(image, place)).toBe(image);
    expect(() => augment({ crop: 5 })(image, place)).toThrow(/an image of 3 x 4 is smaller than the crop of 5/);
  });
});
