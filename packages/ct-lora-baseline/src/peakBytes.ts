/**
 * How much memory a run takes at its height.
 */
import { engine } from '@tensorflow/tfjs-core';

/**
 * Runs `body`, and counts the bytes of tensors, as `tf.memory().numBytes` does, at their height during it, above those before it.
 *
 * Tensors that share a buffer are counted each; what a backend allocates inside a kernel is not. Runs must not overlap.
 */
export async function measurePeakBytes<T>(body: () => Promise<T>): Promise<{ value: T; peakBytes: number }> {
  const { state } = engine();
  const before = state.numBytes;
  let [now, peak] = [before, before];
  // tfjs adds to and subtracts from this field for each tensor.
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (bytes: number) => {
      now = bytes;
      peak = Math.max(peak, bytes);
    },
  });
  try {
    const value = await body();
    return { value, peakBytes: peak - before };
  } finally {
    Object.defineProperty(state, 'numBytes', { configurable: true, enumerable: true, writable: true, value: now });
  }
}
