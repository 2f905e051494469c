/**
 * How much memory a run takes at its height.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, func } from '@curvature-tuning/checks';
import { engine } from '@tensorflow/tfjs-core';

export const measurePeakBytesArguments: Entries<{ body: () => Promise<unknown> }> = { body: func() };

/** What was counted of a run so far. */
interface Meter {
  peak: number;
}

/** The meters that are running, on tfjs's state, where all copies of this package find them. */
const METERS = Symbol.for('@curvature-tuning/lora-baseline.meters');
type State = ReturnType<typeof engine>['state'] & { [METERS]?: Set<Meter> };

/**
 * Runs `body`, and counts the bytes of tensors, as `tf.memory().numBytes` does, at their height during it, above those
 * before it.
 *
 * Tensors that share a buffer are counted each; what a backend allocates inside a kernel is not. Runs may overlap, but
 * the tensors of all count for each: `compareMethods` lets its runs take turns.
 */
export async function measurePeakBytes<T>(body: () => Promise<T>): Promise<{ value: T; peakBytes: number }> {
  check('measurePeakBytes', measurePeakBytesArguments, { body });
  const state: State = engine().state;
  const before = state.numBytes;
  const meter: Meter = { peak: before };
  const meters = state[METERS] ?? watch(state);
  meters.add(meter);
  try {
    const value = await body();
    return { value, peakBytes: meter.peak - before };
  } finally {
    meters.delete(meter);
    if (meters.size === 0) unwatch(state);
  }
}

/** tfjs adds to and subtracts from a field for each tensor: the field becomes a pair of functions. */
function watch(state: State): Set<Meter> {
  const meters = new Set<Meter>();
  let now = state.numBytes;
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (bytes: number) => {
      now = bytes;
      for (const meter of meters) meter.peak = Math.max(meter.peak, bytes);
    },
  });
  state[METERS] = meters;
  return meters;
}

function unwatch(state: State): void {
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    writable: true,
    value: state.numBytes,
  });
  delete state[METERS];
}
