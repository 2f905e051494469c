import { preprocess } from '@curvature-tuning/data';
import { expect, it } from 'vitest';
import { pretrainedWeights } from '../pretrained.js';
import { preprocessingOf } from './preprocessingOf.js';

it('says of every set of weights what it wants of an image', () => {
  for (const [name, { inputShape, mean }] of Object.entries(pretrainedWeights)) {
    expect(preprocessingOf(name)).toMatchObject({ inputSize: inputShape, mean });
    expect(() => preprocess(preprocessingOf(name))).not.toThrow();
  }
  expect(preprocessingOf('resnet18.tv_in1k').cropPct).toBe(224 / 256);
  expect(() => preprocessingOf('resnet18')).toThrow(
    /^preprocessingOf: name must be a key of pretrainedWeights, such as resnet18\.tv_in1k, .*; got "resnet18"/,
  );
});
