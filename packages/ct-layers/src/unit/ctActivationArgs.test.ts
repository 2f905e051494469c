import { fits } from '@curvature-tuning/checks';
import { describe, expect, it } from 'vitest';
import { ctActivationArguments, ctActivationLayerArguments } from './ctActivationArgs.js';

const taken = [
  {},
  { beta: 0, coeff: 1 },
  { sharedAxes: 1 },
  { sharedAxes: [1, 2] },
  { maxValue: 6 },
  { maxValue: null },
  { alpha: -0.1, trainableAlpha: true, affine: false },
  { betaInitializer: 'zeros', betaConstraint: null },
  { name: 'act', inputShape: [null, 3], dtype: 'float32', trainable: false },
];

const refused = [
  { beta: 1.1 },
  { beta: NaN },
  { coeff: '0.5' },
  { sharedAxes: -1 },
  { sharedAxes: [0.5] },
  { maxValue: 0 },
  { alpha: Infinity },
  { dtype: 'int32' },
  { inputShape: [-1] },
  { name: '' },
  { betaInitializer: 7 },
];

describe.each([
  ['ctActivation', ctActivationArguments.options],
  ['its class', ctActivationLayerArguments.options],
])('%s', (_, schema) => {
  it.each(taken)('takes %j', (options) => expect(fits(schema, options)).toBe(true));
  it.each(refused)('refuses %j', (options) => expect(fits(schema, options)).toBe(false));
});

it('the class takes what saved models say beside, the function nothing that it does not know', () => {
  for (const options of [{ beta: 0.5, siteOrigin: null }, { trainedBeside: true }, { fieldOfTfjs: 1 }]) {
    expect(fits(ctActivationLayerArguments.options, options)).toBe(true);
    expect(fits(ctActivationArguments.options, options)).toBe(false);
  }
  expect(fits(ctActivationLayerArguments.options, { siteOrigin: 7 })).toBe(false);
});
