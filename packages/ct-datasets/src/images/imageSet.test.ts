import { describe, expect, it } from 'vitest';
import { subset } from './imageSet.js';
import type { ImageSet } from './imageSet.js';

const set: ImageSet = {
  images: Uint8Array.of(0, 1, 10, 11, 20, 21),
  labels: Uint8Array.of(0, 1, 0),
  shape: [1, 2, 1],
  classes: ['a', 'b'],
};

describe('subset', () => {
  it('takes images and labels in the order of the indices, repetitions included', () => {
    expect(subset(set, [2, 1, 2])).toEqual({
      images: Uint8Array.of(20, 21, 10, 11, 20, 21),
      labels: Uint8Array.of(0, 1, 0),
      shape: [1, 2, 1],
      classes: ['a', 'b'],
    });
  });

  it('copies: the given set stays as it is', () => {
    const part = subset(set, Int32Array.of(0));
    part.images.fill(99);
    expect(set.images[0]).toBe(0);
  });

  it('keeps int32 labels int32 and may be empty', () => {
    const part = subset({ ...set, labels: Int32Array.of(0, 1, 0) }, []);
    expect(part.labels).toEqual(new Int32Array());
    expect(part.images.length).toBe(0);
  });

  it.each([[[3]], [[-1]], [[0.5]], [[NaN]]])('refuses the index in %j', (indices) => {
    expect(() => subset(set, indices)).toThrow(
      /^subset: indices must be whole numbers in \[0, 3\), got .* at position 0$/,
    );
  });

  it('refuses a set whose parts disagree, naming the part', () => {
    expect(() => subset({ ...set, images: new Uint8Array(5) }, [])).toThrow(
      /3 labels and shape \[1, 2, 1\] call for 6 pixel values, got 5/,
    );
    expect(() => subset({ ...set, labels: Uint8Array.of(0, 2, 0) }, [])).toThrow(
      /labels must lie in \[0, 2\).* got 2 at position 1/,
    );
    expect(() => subset({ ...set, labels: Int32Array.of(0, -1, 0) }, [])).toThrow(/got -1 at position 1/);
    expect(() => subset({ ...set, shape: [1, 0, 1] }, [])).toThrow(/shape must be .* got \[1, 0, 1\]/);
  });
});
