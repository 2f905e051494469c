/**
 * `NormalizeBatch` and `NormalizeBatchGrad` on the wasm backend: native/normalize.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type {
  NormalizeBatchAttrs,
  NormalizeBatchGradAttrs,
  NormalizeBatchGradInputs,
  NormalizeBatchInputs,
} from '../normalizeKernel.js';
import { NORMALIZE_BATCH, NORMALIZE_BATCH_GRAD } from '../normalizeKernel.js';
import { host } from './nativeCtu.js';

/** The forward kernel. */
export const normalizeBatch: KernelFunc = (params) => {
  const { x, scale, offset, ...unit } = params.inputs as NormalizeBatchInputs;
  const { epsilon } = params.attrs as NormalizeBatchAttrs;
  const backend = params.backend as BackendWasm;
  const channels = scale.shape[0]!;
  const n = util.sizeFromShape(x.shape);
  const outputs = [backend.makeOutput(x.shape, 'float32'), backend.makeOutput([2, channels], 'float32')];
  const { native, run } = host.accessTo(backend);
  run(NORMALIZE_BATCH, [x, scale, offset, ...parametersOf(unit)], outputs, (pointers, lend) => {
    const [px, pscale, poffset, ...rest] = pointers as [number, number, number, ...number[]];
    const [pstatistics, py] = [rest.pop()!, rest.pop()!];
    const [pbeta = 0, pcoeff = 0] = rest;
    const scratch = lend(native.normalize_scratch(channels));
    native.normalize_statistics(px, n, channels, pstatistics, scratch);
    native.normalize_value(px, py, n, channels, pstatistics, pscale, poffset, pbeta, pcoeff, epsilon, scratch);
  });
  return outputs;
};

/** The backward kernel. */
export const normalizeBatchGrad: KernelFunc = (params) => {
  const { dy, x, statistics, scale, offset, ...unit } = params.inputs as NormalizeBatchGradInputs;
  const { epsilon, ofScale: withScale, ofUnit: withUnit } = params.attrs as NormalizeBatchGradAttrs;
  const backend = params.backend as BackendWasm;
  const channels = scale.shape[0]!;
  const parameters = parametersOf(unit);
  const dx = backend.makeOutput(x.shape, 'float32');
  const pair = (): TensorInfo[] => [0, 1].map(() => backend.makeOutput([channels], 'float32'));
  const [ofScale, ofUnit] = [withScale ? pair() : [], withUnit ? pair() : []];
  const inputs = [x, dy, statistics, scale, offset, ...parameters];
  const { native, run } = host.accessTo(backend);
  run(NORMALIZE_BATCH_GRAD, inputs, [dx, ...ofScale, ...ofUnit], (pointers, lend) => {
    const next = pointers.values();
    const take = (isThere = true): number => (isThere ? next.next().value! : 0);
    const [px, pdy, pstatistics, pscale, poffset] = [take(), take(), take(), take(), take()];
    const hasUnit = parameters.length > 0;
    const [pbeta, pcoeff, pdx] = [take(hasUnit), take(hasUnit), take()];
    const [pdscale, pdoffset] = [take(withScale), take(withScale)];
    const [pdbeta, pdcoeff] = [take(withUnit), take(withUnit)];
    native.normalize_grad(
      px,
      pdy,
      pdx,
      util.sizeFromShape(x.shape),
      channels,
      pstatistics,
      pscale,
      poffset,
      pbeta,
      pcoeff,
      epsilon,
      pdscale,
      pdoffset,
      pdbeta,
      pdcoeff,
      lend(native.normalize_scratch(channels)),
    );
  });
  return [dx, ...ofScale, ...ofUnit];
};

function parametersOf({
  beta,
  coeff,
}: {
  beta?: TensorInfo | undefined;
  coeff?: TensorInfo | undefined;
}): TensorInfo[] {
  return beta && coeff ? [beta, coeff] : [];
}
