import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { replaceKernel } from './replaceKernel.js';

afterAll(() => tf.unregisterKernel('Identity', 'none'));

it('puts a kernel in the place of another, to which it may hand on, and once only', () => {
  const setupFunc = (): void => {};
  tf.registerKernel({ kernelName: 'Identity', backendName: 'none', kernelFunc: () => [], setupFunc });
  const stock = tf.getKernel('Identity', 'none').kernelFunc;
  for (let k = 0; k < 2; k++)
    replaceKernel('Identity', 'none', (before) => {
      expect(before).toBe(stock);
      return (call) => before(call);
    });
  const replaced = tf.getKernel('Identity', 'none');
  expect(replaced.kernelFunc).not.toBe(stock);
  expect(replaced.setupFunc).toBe(setupFunc);
});

it('registers nothing where there was no kernel', () => {
  replaceKernel('Identity', 'nowhere', (stock) => stock);
  expect(tf.getKernel('Identity', 'nowhere')).toBeUndefined();
});
