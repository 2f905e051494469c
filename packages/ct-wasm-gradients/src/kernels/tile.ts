/**
 * A faster `Tile` for the wasm backend: the gradient of batch normalisation tiles numbers per channel to the size of an
 * image, for which tfjs computes coordinates element by element. float32 and int32; the rest stays with tfjs.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { Tile, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';

/** One axis of the tiling, of x[outer][words] to y[outer][repeats][words]. */
interface Pass {
  outer: number;
  words: number;
  repeats: number;
}

/** x repeated `reps[axis]` times along each axis; in front of tfjs's kernel. */
export function tile(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    const { reps } = params.attrs as { reps: number[] };
    const shape = x.shape.map((size, axis) => size * reps[axis]!);
    if ((x.dtype !== 'float32' && x.dtype !== 'int32') || util.sizeFromShape(shape) === 0) return stock(params);
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(shape, x.dtype);
    const passes = passesOf(x.shape, reps);
    // All results but the last. Each is at most half of the next, so that together they are no larger than y.
    const sizes = passes.slice(0, -1).map(({ outer, words, repeats }) => 4 * outer * words * repeats);
    const { native, run } = host.accessTo(backend);
    run(Tile, [x], [y], ([from, to], lend) => {
      let scratch = lend(sizes.reduce((a, b) => a + b, 0));
      passes.forEach(({ outer, words, repeats }, i) => {
        const target = i === passes.length - 1 ? to! : scratch;
        native.tile(from!, target, outer, words, repeats);
        from = target;
        scratch += sizes[i] ?? 0;
      });
    });
    return y;
  };
}

/** From the last axis to the first, so that the pieces to copy are long when there is most to copy. */
function passesOf(shape: number[], reps: number[]): Pass[] {
  const passes: Pass[] = [];
  let words = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    words *= shape[axis]!;
    const repeats = reps[axis]!;
    if (repeats === 1) continue;
    passes.push({ outer: util.sizeFromShape(shape.slice(0, axis)), words, repeats });
    words *= repeats;
  }
  return passes.length > 0 ? passes : [{ outer: 1, words, repeats: 1 }];
}
