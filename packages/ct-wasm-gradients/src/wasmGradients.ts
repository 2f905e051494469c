/**
 * Registers the kernels of this package for the wasm backend, on import, and says what is registered.
 */
import '@tensorflow/tfjs-backend-wasm';
import type { HostDescription } from '@curvature-tuning/wasm-host';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import {
  Add,
  AvgPoolGrad,
  BatchMatMul,
  Cast,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  Equal,
  FusedBatchNorm,
  FusedConv2D,
  getKernel,
  Greater,
  GreaterEqual,
  Identity,
  Less,
  LessEqual,
  LogicalAnd,
  Maximum,
  MaxPoolGrad,
  Mean,
  Minimum,
  Multiply,
  NotEqual,
  PadV2,
  RealDiv,
  registerKernel,
  Slice,
  SplitV,
  Sub,
  Sum,
  Tile,
  unregisterKernel,
  UnsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import { batchMatMul } from './kernels/batchMatMul.js';
import { binaryKernel } from './kernels/binary.js';
import { comparisonKernel, logicalAnd } from './kernels/compare.js';
import { conv2d, fusedConv2d } from './kernels/convolution/conv2d.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from './kernels/convolution/conv2dGradients.js';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './kernels/convolution/depthwiseGradients.js';
import { hasDilatedGradients, registerDilatedGradients } from './kernels/convolution/dilatedGradients.js';
import { fusedBatchNorm } from './kernels/fusedBatchNorm.js';
import { cast, identity } from './kernels/identity.js';
import { pad } from './kernels/pad.js';
import { avgPoolGrad, maxPoolGrad } from './kernels/poolGradients.js';
import { slice, splitV } from './kernels/slice.js';
import { sumKernel } from './kernels/sum.js';
import { tile } from './kernels/tile.js';
import { unsortedSegmentSum } from './kernels/unsortedSegmentSum.js';
import { host } from './wasm/nativeKernels.js';

/** Kernels that tfjs-backend-wasm has not. */
const added: Record<string, KernelFunc> = {
  [Conv2DBackpropFilter]: conv2dBackpropFilter,
  [DepthwiseConv2dNativeBackpropFilter]: depthwiseBackpropFilter,
  [DepthwiseConv2dNativeBackpropInput]: depthwiseBackpropInput,
  [UnsortedSegmentSum]: unsortedSegmentSum,
};

/** Faster kernels, each made from the one of tfjs, which keeps what ours does not do. */
const replaced: Record<string, (stock: KernelFunc) => KernelFunc> = {
  [Add]: binaryKernel('Add'),
  [AvgPoolGrad]: avgPoolGrad,
  [BatchMatMul]: batchMatMul,
  [Cast]: cast,
  [Conv2D]: conv2d,
  [Conv2DBackpropInput]: conv2dBackpropInput,
  [Equal]: comparisonKernel('Equal'),
  [FusedBatchNorm]: fusedBatchNorm,
  [FusedConv2D]: fusedConv2d,
  [Greater]: comparisonKernel('Greater'),
  [GreaterEqual]: comparisonKernel('GreaterEqual'),
  [Identity]: identity,
  [Less]: comparisonKernel('Less'),
  [LessEqual]: comparisonKernel('LessEqual'),
  [LogicalAnd]: logicalAnd,
  [Maximum]: binaryKernel('Maximum'),
  [MaxPoolGrad]: maxPoolGrad,
  [Mean]: sumKernel('Mean'),
  [Minimum]: binaryKernel('Minimum'),
  [Multiply]: binaryKernel('Multiply'),
  [NotEqual]: comparisonKernel('NotEqual'),
  [PadV2]: pad,
  [RealDiv]: binaryKernel('RealDiv'),
  [Slice]: slice,
  [SplitV]: splitV,
  [Sub]: binaryKernel('Sub'),
  [Sum]: sumKernel('Sum'),
  [Tile]: tile,
};

/** What is registered, and how it runs on this host: for bug reports. */
export interface WasmGradients extends HostDescription {
  /** Kernels of this package that are in use, beside and in place of those of tfjs; and those that are not. */
  kernels: { added: string[]; replaced: string[]; missing: string[] };
  /**
   * Whether `tf.conv2d` and `tf.depthwiseConv2d` with dilations have gradients; they need those of `@tensorflow/tfjs`.
   */
  dilatedGradients: boolean;
}

/**
 * Says what this package has registered and how it runs on this host.
 *
 *     await tf.setBackend('wasm');
 *     wasmGradients().kernels.added   // ['Conv2DBackpropFilter', ...]
 *
 * @throws Error before the wasm backend is set up.
 */
export function wasmGradients(): WasmGradients {
  const backend = engine().registry['wasm'];
  if (backend === undefined)
    throw new Error("wasmGradients: there is no wasm backend yet; await tf.setBackend('wasm')");
  return {
    kernels: {
      added: Object.keys(added).filter(isOurs),
      replaced: Object.keys(replaced).filter(isOurs),
      missing: [...Object.keys(added), ...Object.keys(replaced)].filter((name) => !isOurs(name)),
    },
    dilatedGradients: hasDilatedGradients(),
    ...host.describe(backend as BackendWasm),
  };
}

/** On our kernel functions; the same for every copy of this package, so that a second one leaves the first alone. */
const MARK = Symbol.for('@curvature-tuning/wasm-gradients');

function isOurs(kernelName: string): boolean {
  const kernelFunc = getKernel(kernelName, 'wasm')?.kernelFunc;
  return kernelFunc !== undefined && MARK in kernelFunc;
}

function register(): void {
  for (const [kernelName, kernelFunc] of Object.entries(added)) {
    // A kernel of this name in a later tfjs, or another package's, is as good.
    if (getKernel(kernelName, 'wasm') === undefined) use(kernelName, kernelFunc);
  }
  for (const [kernelName, from] of Object.entries(replaced)) {
    const stock = getKernel(kernelName, 'wasm');
    if (stock === undefined || isOurs(kernelName)) continue;
    // First, because tfjs warns of a kernel that is registered twice.
    unregisterKernel(kernelName, 'wasm');
    use(kernelName, from(stock.kernelFunc), stock.setupFunc);
  }
  registerDilatedGradients();
}

function use(kernelName: string, kernelFunc: KernelFunc, stockSetup?: (backend: BackendWasm) => void): void {
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: Object.assign<KernelFunc, object>(kernelFunc, { [MARK]: true }),
    setupFunc: (backend) => {
      stockSetup?.(backend as BackendWasm);
      // Once more, for imports sorted so that tfjs registers its gradients after this module.
      registerDilatedGradients();
    },
  });
}

register();
