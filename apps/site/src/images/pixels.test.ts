import { expect, it } from 'vitest';
import { coverBox, toRgba, withChannels } from './pixels.ts';

it('takes three colours or their mean, and shows either', () => {
  const rgba = [10, 20, 33, 255, 0, 0, 255, 255];
  expect([...withChannels(rgba, 3)]).toEqual([10, 20, 33, 0, 0, 255]);
  expect([...withChannels(rgba, 1)]).toEqual([21, 85]);
  expect([...toRgba(withChannels(rgba, 3), 3)]).toEqual(rgba);
  expect([...toRgba([7], 1)]).toEqual([7, 7, 7, 255]);
});

it('covers a size with the middle of an image', () => {
  expect(coverBox({ width: 100, height: 50 }, [20, 20, 1])).toEqual([-10, 0, 40, 20]);
  expect(coverBox({ width: 10, height: 40 }, [20, 20, 1])).toEqual([0, -30, 20, 80]);
});
