import * as tf from '@tensorflow/tfjs';
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConformanceCase } from '../src/conformance.js';
import { conformanceCases, measureConformance } from '../src/conformance.js';
import { ctu, ctuKernels } from '../src/index.js';
import '../src/kernels/webgl.js';
import { phi, phiDx } from '../src/math.js';
import { gpuSuite } from './gpuSuite.js';
import { restart, useFlags, WEBGL_1 } from './webglFlags.js';

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe('fused ctu on webgl in headless Chromium', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgl')).toBe(true);
    expect(tf.env().getNumber('WEBGL_VERSION')).toBe(2);
    expect(ctuKernels().webgl).toBe('fused');
  });
  gpuSuite({ bound: 1e-6, large: 10_000_000 });
});

describe('fused ctu on webgl after a lost context', () => {
  it('computes on the new context, and forward and backward agree with float64 to 1e-6', async () => {
    await tf.setBackend('webgl');
    const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
    gl.getExtension('WEBGL_lose_context')!.loseContext();
    expect(gl.isContextLost()).toBe(true);
    await restart();
    expect((tf.backend() as MathBackendWebGL).gpgpu.gl).not.toBe(gl);
    for (const { quantity, error } of await measureConformance(conformanceCases()[7]!))
      expect(error, quantity).toBeLessThan(1e-6);
  });
});

describe('fused ctu on webgl where textures hold only float16', () => {
  useFlags({ WEBGL_RENDER_FLOAT32_ENABLED: false });

  it(
    'rounds x and results, not a scalar beta: y and dx agree with float64 to 1e-3 · max(1, |x|) at beta = ' + '0.999',
    () => {
      const xs = [-3, -0.5, -0.01, -0.001, 0, 0.001, 0.01, 0.5, 3, 1000];
      const beta = 0.999;
      expect(ctu(1.0001, 1).dataSync()[0]).toBe(1);
      const y = ctu(xs, beta).dataSync();
      xs.forEach((x, i) =>
        expect(Math.abs(y[i]! - phi(x, beta, 0.5)), `y at ${x}`).toBeLessThan(1e-3 * Math.max(1, Math.abs(x))),
      );
      const dx = tf
        .grad((x: tf.Tensor) => ctu(x, beta))(tf.tensor1d(xs))
        .dataSync();
      xs.forEach((x, i) => expect(Math.abs(dx[i]! - phiDx(x, beta, 0.5)), `dx at ${x}`).toBeLessThan(1e-3));
    },
  );

  for (const testCase of someCases()) {
    it(`conforms to 5e-3: ${testCase.name}`, async () => {
      for (const { quantity, error } of await measureConformance(testCase)) expect(error, quantity).toBeLessThan(5e-3);
    });
  }
});

describe('fused ctu on WebGL 1', () => {
  useFlags(WEBGL_1);

  for (const testCase of someCases()) {
    it(`conforms to float64 to 1e-6: ${testCase.name}`, async () => {
      expect((tf.backend() as MathBackendWebGL).gpgpu.gl).toBeInstanceOf(WebGLRenderingContext);
      for (const { quantity, error } of await measureConformance(testCase)) expect(error, quantity).toBeLessThan(1e-6);
    });
  }
});

/** One of every form of the parameters. */
function someCases(): ConformanceCase[] {
  const names = [
    'rank 2, scalar parameters',
    '65 channels',
    'beta per channel, scalar coeff',
    'one parameter per element',
    'many rows',
  ];
  return conformanceCases().filter(({ name }) => names.includes(name));
}
