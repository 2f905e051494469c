import * as tf from '@tensorflow/tfjs';
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConformanceCase } from '../src/conformance.js';
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
  useFlags({
    WEBGL_VERSION: 1,
    WEBGL_BUFFER_SUPPORTED: false,
    WEBGL_FENCE_API_ENABLED: false,
    WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION: 0,
  });

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

/** Runs the tests of a describe block on a backend that is made with these flags set. */
function useFlags(flags: Record<string, number | boolean>): void {
  const before: Record<string, number | boolean> = {};
  beforeAll(async () => {
    for (const flag of Object.keys(flags)) before[flag] = (await tf.env().getAsync(flag)) as number | boolean;
    for (const [flag, value] of Object.entries(flags)) tf.env().set(flag, value);
    await restart();
  });
  afterAll(async () => {
    for (const [flag, value] of Object.entries(before)) tf.env().set(flag, value);
    await restart();
  });
}

/** Puts a new webgl backend, and a new context if the old one is lost, in place of the current one. */
async function restart(): Promise<void> {
  tf.removeBackend('webgl');
  tf.registerBackend('webgl', () => new MathBackendWebGL(), 2);
  expect(await tf.setBackend('webgl')).toBe(true);
}
