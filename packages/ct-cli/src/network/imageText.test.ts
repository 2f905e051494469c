import { expect, it } from 'vitest';
import { imageText, losses, preprocessingText } from './imageText.js';

const sources = { smallest: [640, 480], largest: [3000, 2000], coloured: 180 } as const;

it('says what becomes of images', () => {
  expect(imageText({ images: 180, classes: 3 }, sources, { inputSize: [224, 224, 3] })).toBe(
    '180 images of 3 classes, 640×480 to 3000×2000, resized to 224×224 RGB, values in [0, 1]',
  );
  expect(
    imageText({ images: 2 }, { ...sources, largest: [640, 480] }, { inputSize: [10, 20, 1], range: [-1, 1] }),
  ).toBe('2 images, 640×480, resized to 20×10 grey, values in [-1, 1]');
  expect(
    preprocessingText({
      inputSize: [8, 8, 3],
      range: [0, 255],
      mean: [103.939, 116.779, 123.68],
      std: [1],
      channelOrder: 'bgr',
      cropMode: 'squash',
    }),
  ).toBe('resized to 8×8 BGR whatever their proportions, values in [0, 255], less 103.939, 116.779, 123.68, over 1');
});

it('says what they lose, where that is much', () => {
  expect(losses(sources, { inputSize: [224, 224, 3] })).toEqual([
    'images of up to 3000×2000 become 224×224, 9 times smaller: what is small in them is lost',
  ]);
  expect(losses({ ...sources, largest: [800, 600] }, { inputSize: [224, 224, 3] })).toEqual([]);
  expect(losses({ ...sources, largest: [30, 30] }, { inputSize: [28, 28, 1] })).toEqual([
    '180 coloured images become grey',
  ]);
});
