import { expect } from 'vitest';
import type { OpenedDataset } from '../src/opening/openSet.js';

/**
 * The mean of the pixels of the first and the last example of each split is that of its class in the small sets that
 * tests are served: grey 20 + label % 200.
 */
export async function expectInPlace({ train, validation, test, name, classes }: OpenedDataset): Promise<void> {
  for (const set of [train, validation, test]) {
    expect(new Set(set.labels).size).toBe(classes.length);
    for (const index of [0, set.length - 1]) {
      const { pixels, label } = await set.example(index);
      const mean = Array.from(pixels.values).reduce((sum, value) => sum + value, 0) / pixels.values.length;
      // JPEG and the channels of the CIFAR made here are off by a grey level or two, severities by up to four.
      if (name !== 'dsprites') expect(Math.abs(mean - (20 + (label % 200)))).toBeLessThan(5);
      else expect(mean).toBe(127.5);
    }
  }
}
