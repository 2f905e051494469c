/**
 * Frees what a backward pass is done with while it still goes on, which tfjs does only at its end.
 */
import { engine, scalar } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Called where the forward pass inside `valueAndGrads` ends, so that its backward pass frees an operation's saved
 * tensors, and the gradient of its output, once the gradients of its inputs are there. So the peak is that of the
 * forward pass and of few gradients, no longer of all gradients as well. Values stay the same to the bit.
 *
 * The leaves must come from outside of the forward pass. Under a gradient of a gradient it does nothing: the outer one
 * needs all that the inner one has.
 *
 * @param onGradient Called whenever a gradient was computed, while what it was computed by is still there.
 */
export function freeInBackward(onGradient?: () => void): void {
  const { state } = engine();
  if (state.gradientDepth !== 1) return;
  // Gradients that stand for more than one tensor: an operation may hand on its own, or give one to two inputs.
  const given = new WeakSet<Tensor>();
  const shared = new WeakSet<Tensor>();
  // Of tensors, ids grow: what was there before the backward pass belongs to others.
  const mark = scalar(0);
  mark.dispose();
  let freeLast = (): void => undefined;
  for (const node of state.activeTape ?? []) {
    const { gradient } = node;
    if (gradient === undefined) continue;
    node.gradient = (dys) => {
      freeLast();
      const gradients = gradient(dys);
      freeLast = () => {
        node.saved?.forEach((t) => t.dispose());
        for (const dy of dys as readonly (Tensor | null)[])
          if (dy !== null && dy.id > mark.id && !shared.has(dy)) dy.dispose();
      };
      return Object.fromEntries(
        Object.entries(gradients).map(([input, compute]) => [
          input,
          () => {
            const dx = compute();
            if (given.has(dx) || dys.includes(dx)) shared.add(dx);
            given.add(dx);
            onGradient?.();
            return dx;
          },
        ]),
      );
    };
  }
}
