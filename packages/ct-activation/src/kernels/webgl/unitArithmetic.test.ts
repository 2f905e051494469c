import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { PLAIN } from '../../unitForm.js';
import { backwardSnippet, forwardSnippet } from './unitArithmetic.js';

const forms = [PLAIN, { maxValue: 6, alpha: 0 }, { maxValue: Infinity, alpha: 0.2 }, { maxValue: 1, alpha: 0.1 }];

it('has a text for each form, whose numbers are floats', () => {
  for (const of of [forwardSnippet, backwardSnippet]) {
    const texts = forms.map(of);
    expect(new Set(texts).size).toBe(forms.length);
    for (const text of texts) expect(text).not.toMatch(/Infinity|[-+*/(] \d+ [-+*/)]/);
  }
});

it('tests bits on WebGL 2 alone', () => {
  const before = tf.env().getNumber('WEBGL_VERSION');
  for (const version of [1, 2]) {
    tf.env().set('WEBGL_VERSION', version);
    expect(backwardSnippet(PLAIN).includes('floatBitsToUint')).toBe(version === 2);
  }
  tf.env().set('WEBGL_VERSION', before);
});
