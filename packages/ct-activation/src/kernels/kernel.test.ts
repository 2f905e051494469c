import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import { ctuKernels, explainMissingCtuKernels, registerCtuKernels } from './kernel.js';

afterEach(() => tf.setBackend('cpu'));

it('ctuKernels lists every backend, with the reason where kernels were asked for in vain, until they come', () => {
  tf.registerBackend('test', tf.findBackendFactory('cpu'));
  expect(ctuKernels()).toMatchObject({ cpu: 'composed', test: 'composed' });
  explainMissingCtuKernels('test', 'the library is not built; build it');
  explainMissingCtuKernels('absent', 'nobody registered it');
  expect(ctuKernels()).toMatchObject({
    cpu: 'composed',
    test: 'composed: the library is not built; build it',
    absent: 'composed: nobody registered it',
  });
  const kernelFunc = (): tf.TensorInfo[] => [];
  registerCtuKernels('test', { ctu: kernelFunc, ctuGrad: kernelFunc });
  expect(ctuKernels()['test']).toBe('fused');
  tf.removeBackend('test');
});
