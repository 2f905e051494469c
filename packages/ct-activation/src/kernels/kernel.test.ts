import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import { ADAM } from './adamKernel.js';
import { CTU, CTU_GRAD, ctuKernels, explainMissingCtuKernels, registerCtuKernels } from './kernel.js';

afterEach(() => tf.setBackend('cpu'));

it('registers what is given beside the kernels of the unit, and needs pairs whole', () => {
  const kernelFunc = (): tf.TensorInfo[] => [];
  const pair = { ctu: kernelFunc, ctuGrad: kernelFunc };
  expect(() => registerCtuKernels('more', { ...pair, ctuForm: kernelFunc })).toThrow(/kernels\.ctuFormGrad must be a/);
  registerCtuKernels('more', { ...pair, adam: kernelFunc });
  expect(tf.getKernelsForBackend('more').map(({ kernelName }) => kernelName)).toEqual([CTU, CTU_GRAD, ADAM]);
});

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
