import * as tf from '@tensorflow/tfjs';
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conformanceCases, measureConformance } from '../src/conformance.js';
import { ctu, ctuKernels } from '../src/index.js';
import '../src/kernels/webgl.js';
import { phi, phiDx } from '../src/math.js';
import { gpuSuite } from './gpuSuite.js';

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe('fused ctu on webgl in headless Chromium', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgl')).toBe(true);
    expect(tf.env().getNumber('WEBGL_VERSION')).toBe(2);
    expect(ctuKernels().webgl).toBe('fused');
  });
  gpuSuite({ bound: 1e-6, large: 4_000_000 });
});

describe('fused ctu on webgl after a lost context', () => {
  it('computes on the new context, and forward and backward agree with float64 to 1e-6', async () => {
    await tf.setBackend('webgl');
    const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
    gl.getExtension('WEBGL_lose_context')!.loseContext();
    expect(gl.isContextLost()).toBe(true);
    await restart();
    expect((tf.backend() as MathBackendWebGL).gpgpu.gl).not.toBe(gl);
    for (const { quantity, error } of await measureConformance(conformanceCases()[7]!)) expect(error, quantity).toBeLessThan(1e-6);
  });
});

describe('fused ctu on webgl where textures hold only float16', () => {
  beforeAll(async () => {
    tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false);
    await restart();
  });
  afterAll(async () => {
    tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
    await restart();
  });

  it('rounds x and results, not a scalar beta: y and dx agree with float64 to 2e-3 · max(1, |exact|) at beta = 0.999', () => {
    const xs = [-3, -0.5, -0.01, -0.001, 0, 0.001, 0.01, 0.5, 3, 1000];
    const beta = 0.999;
    const y = ctu(xs, beta).dataSync();
    xs.forEach((x, i) => expect(Math.abs(y[i]! - phi(x, beta, 0.5)), `y at ${x}`).toBeLessThan(2e-3 * Math.max(1, Math.abs(x))));
    const dx = tf.grad((x: tf.Tensor) => ctu(x, beta))(tf.tensor1d(xs)).dataSync();
    xs.forEach((x, i) => expect(Math.abs(dx[i]! - phiDx(x, beta, 0.5)), `dx at ${x}`).toBeLessThan(2e-3));
  });

  for (const testCase of conformanceCases().slice(0, 30)) {
    it(`conforms to 5e-3: ${testCase.name}`, async () => {
      for (const { quantity, error } of await measureConformance(testCase)) expect(error, quantity).toBeLessThan(5e-3);
    });
  }
});

/** Puts a new webgl backend, and a new context if the old one is lost, in place of the current one. */
async function restart(): Promise<void> {
  tf.removeBackend('webgl');
  tf.registerBackend('webgl', () => new MathBackendWebGL(), 2);
  expect(await tf.setBackend('webgl')).toBe(true);
}
