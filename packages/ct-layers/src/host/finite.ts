/**
 * Values that are not finite, found where they come in.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { slice } from '@tensorflow/tfjs-core';

/** Numbers that are read at a time. */
const CHUNK = 2 ** 22;

/**
 * Checks that all examples of a tensor, its rows, are finite.
 *
 * @param what Names the tensor in the error, e.g. `steer: train: images`.
 * @throws RangeError that names the first example that is not.
 */
export async function checkFinite(what: string, examples: Tensor): Promise<void> {
  const found = await firstNotFinite(examples);
  if (found !== undefined)
    throw new RangeError(
      `${what} must be finite, got ${found.value} in example ${found.example}; mend the data, or leave that ` +
        'example out',
    );
}

/** The first row with a value that is not finite, and that value. */
export async function firstNotFinite(examples: Tensor): Promise<{ example: number; value: number } | undefined> {
  if (examples.dtype !== 'float32' || examples.size === 0) return undefined;
  const count = examples.shape[0] ?? 1;
  const size = examples.size / count;
  const rows = Math.max(1, Math.floor(CHUNK / size));
  for (let start = 0; start < count; start += rows) {
    const values = await read(examples, start, Math.min(rows, count - start));
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return { example: start + Math.floor(at / size), value: values[at]! };
  }
  return undefined;
}

async function read(examples: Tensor, start: number, rows: number): Promise<Float32Array> {
  if (rows === (examples.shape[0] ?? 1)) return (await examples.data()) as Float32Array;
  const part = slice(examples, start, rows);
  try {
    return (await part.data()) as Float32Array;
  } finally {
    part.dispose();
  }
}
