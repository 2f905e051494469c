/**
 * What the gradients of convolutions have in common: each checks its tensors, makes its output and runs one function of
 * native/ with scratch memory.
 */
import type { Lend } from '@curvature-tuning/wasm-host';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { Geometry, NativeKernels } from '../../wasm/nativeKernels.js';
import { host } from '../../wasm/nativeKernels.js';
import type { ConvolutionAttrs } from './geometry.js';
import { geometryOf, requireFloat32 } from './geometry.js';

/** One gradient. */
export interface ConvolutionGradient {
  /** Its name in tfjs. */
  kernel: string;
  depthwise: boolean;
  /** Its function in native/. */
  compute: 'conv2d_input' | 'conv2d_filter' | 'depthwise_input' | 'depthwise_filter';
  /** Bytes of scratch memory; `last` is the last axis of the filter. */
  scratch: (native: NativeKernels, geometry: Geometry, last: number) => number;
  /** A faster way for some convolutions; whether it computed this one. */
  faster?: (native: NativeKernels, pointers: Pointers, geometry: Geometry, lend: Lend) => boolean;
}

/** Addresses of the two tensors that are given, and of the gradient. */
export type Pointers = [number, number, number];

/** The attributes of both gradients: each has the shape of what it computes. */
export type GradientAttrs = ConvolutionAttrs & { inputShape?: number[]; filterShape?: number[] };

/** The kernel of dx, of dy and filter, or that of dfilter, of x and dy. */
export function convolutionGradient({ kernel, depthwise, compute, scratch, faster }: ConvolutionGradient): KernelFunc {
  return (params) => {
    const { x, filter, dy } = params.inputs as { x?: TensorInfo; filter?: TensorInfo; dy: TensorInfo };
    const attrs = params.attrs as GradientAttrs;
    const backend = params.backend as BackendWasm;
    const given: Record<string, TensorInfo> = x ? { x, dy } : { dy, filter: filter! };
    requireFloat32(kernel, given);
    const shape = x?.shape ?? attrs.inputShape!;
    // For an image without a batch axis tfjs gives dy one, and the shape none.
    const xShape = shape.length === 3 ? [1, ...shape] : shape;
    const filterShape = filter?.shape ?? attrs.filterShape!;
    const geometry = geometryOf({ kernel, xShape, filterShape, dy, depthwise }, attrs);
    const gradient = backend.makeOutput(x ? filterShape : xShape, 'float32');
    const { native, run } = host.accessTo(backend);
    run(kernel, Object.values(given), [gradient], (pointers, lend) => {
      if (faster?.(native, pointers as Pointers, geometry, lend)) return;
      native[compute](...(pointers as Pointers), ...geometry, lend(scratch(native, geometry, filterShape[3]!)));
    });
    return gradient;
  };
}
