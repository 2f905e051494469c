import { describe, expect, it } from 'vitest';
import { resizeToCover } from '../../images/resizeToCover.js';
import { scalePixels } from './scalePixels.js';
import type { ImageForm } from './scalePixels.js';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7919) % 251);

function scaled(data: Uint8Array, [height, width, channels]: readonly number[], form: ImageForm) {
  const turns = scalePixels(data, { height: height!, width: width!, channels: channels! }, form);
  for (let pauses = 0; ; pauses++) {
    const { done, value } = turns.next();
    if (done === true) return { ...value, pauses };
  }
}

describe('scalePixels', () => {
  it('scales as resizeToCover does, and pauses every 4 MiB', () => {
    const [height, width] = [1000, 1500];
    const data = bytes(height * width * 3);
    const { values, shape, pauses } = scaled(data, [height, width, 3], { size: [30, 40] });
    expect([shape, pauses]).toEqual([[30, 40, 3], 1]);
    expect(values).toEqual(resizeToCover(data, [height, width, 3], [30, 40]));
  });

  it('leaves the size as it is where none is wanted, cuts rows off, and makes grey', () => {
    const found = scaled(bytes(3 * 2 * 1), [3, 2, 1], { trimBottom: 1, channels: 3 });
    expect([found.shape, [...found.values.subarray(0, 6)]]).toEqual([
      [2, 2, 3],
      [0, 0, 0, 138, 138, 138],
    ]);
  });

  it('refuses other channels, and to cut off all rows', () => {
    expect(() => scaled(bytes(8), [1, 2, 4], {})).toThrow('it decodes to 4 channels');
    expect(() => scaled(bytes(6), [1, 2, 3], { trimBottom: 1 })).toThrow('it has 1 rows, of which 1 are to be cut off');
  });
});
