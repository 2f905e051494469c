/**
 * Faster `Conv2D` and `FusedConv2D` for the wasm backend where {@link isTiled} says so, with a bias or without, linear
 * or with relu or relu6. The rest stays with tfjs, whose kernel is XNNPACK's: all else in shape and type; hosts without
 * SIMD; tfjs's threaded build, which shares a convolution between threads that ours cannot reach; and memory that a
 * build of tfjs hides, from which all would have to be copied.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util as backendUtil, Conv2D, FusedConv2D } from '@tensorflow/tfjs-core';
import { host } from '../../wasm/nativeKernels.js';
import type { ConvolutionAttrs } from './geometry.js';
import { geometryFrom } from './geometry.js';
import { computeTiled, EVERYTHING, isTiled } from './winograd.js';

type Params = Parameters<KernelFunc>[0];
type Shape4D = [number, number, number, number];

/** What y is clipped to, by the activation. */
const RANGES: Partial<Record<string, readonly [number, number]>> = {
  linear: EVERYTHING,
  relu: [0, Infinity],
  relu6: [0, 6],
};

/** y `[batch, outHeight, outWidth, outChannels]` of x and filter; in front of tfjs's kernel. */
export function conv2d(stock: KernelFunc): KernelFunc {
  return (params) => inTiles(Conv2D, params, EVERYTHING) ?? stock(params);
}

/** The same with a bias `[outChannels]` and an activation; in front of tfjs's kernel. */
export function fusedConv2d(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { activation } = params.attrs as { activation: string };
    const range = RANGES[activation];
    return (range && inTiles(FusedConv2D, params, range)) ?? stock(params);
  };
}

/** The convolution, or undefined where it is tfjs's to compute, not finite results among it. */
function inTiles(kernel: string, params: Params, range: readonly [number, number]): TensorInfo | undefined {
  const { x, filter, bias } = params.inputs as { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | null };
  const { strides, pad, dilations = 1, dataFormat, dimRoundingMode } = params.attrs as ConvolutionAttrs;
  const tensors = bias == null ? [x, filter] : [x, filter, bias];
  if (dataFormat !== 'NHWC' || tensors.some(({ dtype }) => dtype !== 'float32')) return undefined;
  const [xShape, filterShape] = [x.shape as Shape4D, filter.shape as Shape4D];
  const info = backendUtil.computeConv2DInfo(xShape, filterShape, strides, dilations, pad, dimRoundingMode);
  const { outHeight, outWidth, outChannels: channels } = info;
  const geometry = geometryFrom(info, { outHeight, outWidth, channels });
  const hasBias = bias == null || (bias.shape.length === 1 && bias.shape[0] === channels);
  if (!hasBias || !isTiled(geometry)) return undefined;

  const backend = params.backend as BackendWasm;
  const { native, run, description } = host.accessTo(backend);
  if (native.winograd === undefined || description.access === 'copied' || description.memory === 'shared')
    return undefined;
  const y = backend.makeOutput(info.outShape, 'float32');
  let isDone = false;
  run(kernel, tensors, [y], (addresses, lend) => {
    const [atX, atFilter] = addresses as [number, number];
    const [atBias, atY] = [bias == null ? 0 : addresses[2]!, addresses.at(-1)!];
    const tiled = { x: atX, filter: atFilter, bias: atBias, y: atY, geometry, isTurned: false, range };
    isDone = computeTiled(native, tiled, lend);
  });
  if (isDone) return y;
  backend.disposeData(y.dataId);
  return undefined;
}
