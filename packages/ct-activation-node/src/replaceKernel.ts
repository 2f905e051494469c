/**
 * Puts a kernel in the place of one that tfjs-node registered, which it may hand on to.
 */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

/** On our functions; the same for every copy of this package, so that a second one leaves the first alone. */
const MARK = Symbol.for('@curvature-tuning/activation-node/replaced');

/** Registers what `kernelOf` makes of the stock kernel; where there is none, nothing. */
export function replaceKernel(
  kernelName: string,
  backendName: string,
  kernelOf: (stock: KernelFunc) => KernelFunc,
): void {
  const stock = getKernel(kernelName, backendName);
  if (stock === undefined || MARK in stock.kernelFunc) return;
  const kernelFunc = kernelOf(stock.kernelFunc);
  Object.defineProperty(kernelFunc, MARK, { value: true });
  unregisterKernel(kernelName, backendName);
  registerKernel({ ...stock, kernelFunc });
}
