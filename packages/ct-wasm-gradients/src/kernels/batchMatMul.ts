/**
 * A faster `BatchMatMul` for the wasm backend where one factor is transposed, as in the two gradients of a dense layer,
 * for which tfjs has naive loops. They are the gradients of a 1x1 convolution of as many pixels as there are rows, and
 * native/conv2dInput.c and native/conv2dFilter.c compute them. float32; the rest stays with tfjs.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { BatchMatMul, util } from '@tensorflow/tfjs-core';
import type { Geometry } from '../wasm/nativeKernels.js';
import { host } from '../wasm/nativeKernels.js';

/** a·bᵀ and aᵀ·b for each matrix of a batch; in front of tfjs's kernel. */
export function batchMatMul(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { a, b } = params.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = params.attrs as { transposeA: boolean; transposeB: boolean };
    const batch = a.shape.slice(0, -2);
    const [[rowsA, columnsA], [rowsB, columnsB]] = [a, b].map(({ shape }) => shape.slice(-2)) as [
      [number, number],
      [number, number],
    ];
    const fits = transposeA ? rowsA === rowsB : columnsA === columnsB;
    const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
    const isEmpty = util.sizeFromShape(a.shape) === 0 || util.sizeFromShape(b.shape) === 0;
    if (transposeA === transposeB || !fits || !isFloat || isEmpty || !util.arraysEqual(batch, b.shape.slice(0, -2)))
      return stock(params);
    const [rows, columns] = transposeA ? [columnsA, columnsB] : [rowsA, rowsB];
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput([...batch, rows, columns], 'float32');
    const { native, run } = host.accessTo(backend);
    // The convolution's channels, in and out.
    const [ci, co] = transposeA ? [columnsA, columnsB] : [rowsB, columnsB];
    const geometry: Geometry = [rowsA, 1, 1, ci, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, co];
    run(BatchMatMul, [a, b], [y], ([pa, pb, py], lend) => {
      const scratch = lend(
        transposeA ? native.conv2d_filter_scratch(1, 1, ci, co) : native.conv2d_input_scratch(1, 1, ci, co),
      );
      for (let i = 0; i < util.sizeFromShape(batch); i++) {
        const matrices = [
          pa! + 4 * i * rowsA * columnsA,
          pb! + 4 * i * rowsB * columnsB,
          py! + 4 * i * rows * columns,
        ] as const;
        if (transposeA) native.conv2d_filter(...matrices, ...geometry, scratch);
        else native.conv2d_input(...matrices, ...geometry, scratch);
      }
    });
    return y;
  };
}
