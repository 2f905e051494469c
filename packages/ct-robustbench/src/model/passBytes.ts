/**
 * How much memory one synchronous pass takes at its height.
 */
import { engine } from '@tensorflow/tfjs-core';

/**
 * Runs `pass`, and counts the bytes of tensors at their height during it, above those before it.
 *
 * `tf.profile` has one record for the whole process, which two runs at once would write into; nobody can run in between
 * here.
 */
export function passBytes<T>(pass: () => T): { value: T; bytes: number } {
  const { state } = engine();
  const field = Object.getOwnPropertyDescriptor(state, 'numBytes')!;
  const before = state.numBytes;
  let [now, peak] = [before, before];
  // tfjs adds to and subtracts from this field for each tensor; somebody may watch it already.
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (bytes: number) => {
      now = bytes;
      peak = Math.max(peak, bytes);
      field.set?.call(state, bytes);
    },
  });
  try {
    return { value: pass(), bytes: peak - before };
  } finally {
    Object.defineProperty(state, 'numBytes', field.set === undefined ? { ...field, value: now } : field);
  }
}
