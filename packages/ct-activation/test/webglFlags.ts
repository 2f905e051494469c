/** WebGL backends of other abilities than this host's. */
import * as tf from '@tensorflow/tfjs';
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { afterAll, beforeAll, expect } from 'vitest';

/** Flags that make tfjs use WebGL 1. */
export const WEBGL_1 = {
  WEBGL_VERSION: 1,
  WEBGL_BUFFER_SUPPORTED: false,
  WEBGL_FENCE_API_ENABLED: false,
  WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION: 0,
};

/** Runs the tests of a describe block on a backend that is made with these flags set. */
export function useFlags(flags: Record<string, number | boolean>): void {
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
export async function restart(): Promise<void> {
  tf.removeBackend('webgl');
  tf.registerBackend('webgl', () => new MathBackendWebGL(), 2);
  expect(await tf.setBackend('webgl')).toBe(true);
}
