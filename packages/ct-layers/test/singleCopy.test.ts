import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { CTActivation } from '../src/index.js';

// Two copies share the kernel registry but not classes; the symptom would be "Unknown layer: CTActivation".
it('there is one copy of tfjs-core: every class descends from it', () => {
  const isBase = (base: object, derived: object): boolean => Object.prototype.isPrototypeOf.call(base, derived);
  expect(isBase(tf.serialization.Serializable, layers.Layer)).toBe(true);
  expect(isBase(layers.Layer, CTActivation)).toBe(true);
  expect(isBase(tf.KernelBackend, MathBackendCPU)).toBe(true);
  expect((createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof tf).Tensor).toBe(tf.Tensor);
  expect(tf.serialization.SerializationMap.getMap().classNameMap['CTActivation']![0]).toBe(CTActivation);
});
