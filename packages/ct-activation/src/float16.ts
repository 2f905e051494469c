/**
 * Devices whose WebGL renders to half floats only, many phones among them.
 */
import { env, getBackend } from '@tensorflow/tfjs-core';

/** A bound for what is computed where float16 is stored: roundings of 2^-10 stay below the largest half, 65,504. */
export const FLOAT16_CAP = 64000;

/**
 * Whether the current backend keeps float32 tensors as float16: nothing beyond ±65,504, 11 bits, and infinities that
 * may turn into NaN. tfjs says so of WebGL by a flag; `backend().floatPrecision()` can be fooled by tfjs's own short
 * cut through the CPU.
 */
export function storesFloat16(): boolean {
  return getBackend().endsWith('webgl') && !env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
}
