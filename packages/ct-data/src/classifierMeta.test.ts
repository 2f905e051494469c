import { checkValue, fits } from '@curvature-tuning/checks';
import { expect, it } from 'vitest';
import { classifierMetaOf, classifierMetaSchema, META_KEY } from './index.js';

it('is JSON, any part of which may be missing', () => {
  const whole = { classNames: ['cat', 'dog'], preprocessing: { inputSize: [8, 8, 3] }, output: 'logits' };
  expect(fits(classifierMetaSchema, JSON.parse(JSON.stringify(whole)))).toBe(true);
  expect(fits(classifierMetaSchema, {})).toBe(true);
});

it.each([
  [{ classNames: [] }, 'meta.classNames must be'],
  [{ classNames: ['cat', ''] }, 'meta.classNames[1] must be'],
  [{ preprocessing: {} }, 'meta.preprocessing.inputSize must be'],
  [{ output: 'softmax' }, 'meta.output must be'],
  [{ classes: ['cat'] }, 'classes'],
])('refuses %o', (wrong, message) => {
  expect(() => checkValue('f', 'meta', classifierMetaSchema, wrong)).toThrow(message);
});

it('is read from the metadata of a model, which may say other things or nothing', () => {
  expect(classifierMetaOf({ [META_KEY]: { classNames: ['cat'] }, author: 'me' })).toEqual({ classNames: ['cat'] });
  for (const none of [undefined, {}, { author: 'me' }]) expect(classifierMetaOf(none)).toEqual({});
  expect(() => classifierMetaOf({ [META_KEY]: { output: 'x' } })).toThrow(
    'classifierMetaOf: userDefinedMetadata.classifierMeta.output must be',
  );
});
