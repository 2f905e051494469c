/**
 * Images that are not held: those that a computation wants are read when it wants them.
 */
import type { Tensor } from '@tensorflow/tfjs-core';

/** Images of one shape, on a disk or anywhere else. */
export interface ImageRows {
  /** Their shape all together, their number first. */
  readonly shape: [number, ...number[]];
  /** Reads some of them, in that order, into a tensor that is the caller's. */
  read(rows: ArrayLike<number>): Promise<Tensor>;
}

/** Whether images are read when they are wanted; else they are tensors. */
export function isImageRows(images: Tensor | readonly Tensor[] | ImageRows): images is ImageRows {
  return 'read' in images;
}

/**
 * Reads one part after the other, each while the one before it is worked on; whoever iterates disposes of the tensors,
 * and may leave early.
 */
export async function* readInTurn(images: ImageRows, parts: readonly ArrayLike<number>[]): AsyncGenerator<Tensor> {
  let ahead: Promise<Tensor> | undefined;
  try {
    for (let next = 0; next < parts.length; next++) {
      const now = ahead ?? images.read(parts[next]!);
      ahead = undefined;
      const tensor = await now;
      if (next + 1 < parts.length) {
        ahead = images.read(parts[next + 1]!);
        // Whoever comes to that part is told.
        ahead.catch(() => undefined);
      }
      yield tensor;
    }
  } finally {
    await ahead?.then(
      (tensor) => tensor.dispose(),
      () => undefined,
    );
  }
}
