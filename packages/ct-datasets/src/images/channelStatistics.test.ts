import { dataSet } from '@curvature-tuning/data';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../catalog/loadDataset.js';
import { toDataSet } from './toBatch.js';
import { channelStatistics } from './channelStatistics.js';

describe('channelStatistics', () => {
  it('is the mean and population deviation of each channel', () => {
    // Channel 0: 0 and 255, channel 1: 51 twice.
    const set = {
      images: Uint8Array.of(0, 51, 255, 51),
      labels: Uint8Array.of(0, 0),
      shape: [1, 1, 2],
      classes: ['a'],
    } as const;
    expect(channelStatistics(set)).toEqual({ mean: [0.5, 0.2], std: [0.5, 0] });
  });

  it('is the same of a data set, of bytes or of numbers', async () => {
    const values = [0, 51, 255, 51, 102, 0];
    const labels = [0, 0, 0];
    const held = {
      images: Uint8Array.from(values),
      labels: Uint8Array.from(labels),
      shape: [1, 1, 2],
      classes: ['a'],
    } as const;
    const expected = channelStatistics(held);
    expect(await channelStatistics(toDataSet(held))).toEqual(expected);
    const units = dataSet({
      labels,
      classes: ['a'],
      read: (i) => ({ values: Float32Array.from(values.slice(2 * i, 2 * i + 2), (x) => x / 255), shape: [1, 1, 2] }),
    });
    const measured = await channelStatistics(units);
    [...measured.mean, ...measured.std].forEach((value, i) =>
      expect(value).toBeCloseTo([...expected.mean, ...expected.std][i]!, 7),
    );
    const mixed = units.map((pixels, { index }) => (index === 1 ? { ...pixels, shape: [2, 1, 1] } : pixels));
    await expect(channelStatistics(mixed)).rejects.toThrow('images of 2 and of 1 channels have no common statistics');
    await expect(channelStatistics(units.take(0))).rejects.toThrow('the set holds no image');
  });

  it('refuses an empty set', () => {
    const empty = { images: new Uint8Array(), labels: new Uint8Array(), shape: [1, 1, 1], classes: [] } as const;
    expect(() => channelStatistics(empty)).toThrow(/the set holds no image/);
  });

  // The constants are the reference experiment's. Bilinear enlargement gives digits a deviation of 0.277.
  it.each([
    { name: 'digits', meanBound: 0.002, stdBound: 0.02 },
    { name: 'fashion-mnist-sample', meanBound: 0.002, stdBound: 0.001 },
  ] as const)(
    'of the train images of $name agrees with the catalogue to $meanBound (mean) and $stdBound (std)',
    async ({ name, meanBound, stdBound }) => {
      const { train, mean, std } = await loadDataset(name);
      const measured = channelStatistics(train);
      expect(Math.abs(measured.mean[0]! - mean[0]!)).toBeLessThan(meanBound);
      expect(Math.abs(measured.std[0]! - std[0]!)).toBeLessThan(stdBound);
    },
  );
});
