/**
 * Faster `MaxPoolGrad` and `AvgPoolGrad` for the wasm backend: tfjs visits each pixel of the input and each output that
 * may see it, channel by channel. float32; the rest stays with tfjs. The arithmetic is native/pool.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { backend_util, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { AvgPoolGrad, backend_util as backendUtil, MaxPoolGrad } from '@tensorflow/tfjs-core';
import type { NativeKernels, PoolGeometry } from '../wasm/nativeKernels.js';
import { host } from '../wasm/nativeKernels.js';

type Shape4D = [number, number, number, number];

/** A type and no interface: those do not fit into tfjs's map of attributes. */
type PoolAttrs = {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/** Each output's gradient goes to the first of the largest pixels of its window; in front of tfjs's kernel. */
export function maxPoolGrad(stock: KernelFunc): KernelFunc {
  return poolGrad(MaxPoolGrad, stock, (native, [x, dy, dx], geometry) =>
    native.max_pool_grad(x!, dy!, dx!, ...geometry),
  );
}

/**
 * Each output's gradient is shared by the pixels of its window; in front of tfjs's kernel.
 *
 * As in tfjs's own kernels a share is one over the window's size, also where a part of the window is padding.
 */
export function avgPoolGrad(stock: KernelFunc): KernelFunc {
  return poolGrad(AvgPoolGrad, stock, (native, [dy, dx], geometry) => native.avg_pool_grad(dy!, dx!, ...geometry));
}

function poolGrad(
  kernel: string,
  stock: KernelFunc,
  compute: (native: NativeKernels, pointers: number[], geometry: PoolGeometry) => void,
): KernelFunc {
  return (params) => {
    const { dy, input } = params.inputs as { dy: TensorInfo; input: TensorInfo };
    if (!fits(dy, input)) return stock(params);
    const backend = params.backend as BackendWasm;
    const dx = backend.makeOutput(input.shape, 'float32');
    const { native, run } = host.accessTo(backend);
    const geometry = poolGeometry(input, dy, params.attrs as PoolAttrs);
    // An average does not depend on the pixels.
    run(kernel, kernel === MaxPoolGrad ? [input, dy] : [dy], [dx], (pointers) => compute(native, pointers, geometry));
    return dx;
  };
}

function fits(dy: TensorInfo, x: TensorInfo): boolean {
  const isImage =
    x.shape.length === 4 && dy.shape.length === 4 && x.shape[0] === dy.shape[0] && x.shape[3] === dy.shape[3];
  return isImage && x.dtype === 'float32' && dy.dtype === 'float32';
}

/** dy's own height and width count, as in geometry.ts. */
function poolGeometry(
  x: TensorInfo,
  dy: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): PoolGeometry {
  const info = backendUtil.computePool2DInfo(x.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
  const [n, h, w, channels] = x.shape as Shape4D;
  return [
    n,
    h,
    w,
    channels,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
    dy.shape[1]!,
    dy.shape[2]!,
  ];
}
