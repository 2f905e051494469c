/**
 * `NormalizeBatch` and `NormalizeBatchGrad` as native TensorFlow ops: native/tensorflow/normalizeOps.cc.
 */
import type {
  NormalizeBatchAttrs,
  NormalizeBatchGradAttrs,
  NormalizeBatchGradInputs,
  NormalizeBatchInputs,
} from '@curvature-tuning/activation';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorflowBackend } from './tensorflowBackend.js';
import { attributesOf, float32 } from './tensorflowBackend.js';

/** The forward kernel. */
export const normalizeBatch: KernelFunc = ({ inputs, backend, attrs }) => {
  const tensorflow = backend as TensorflowBackend;
  const { x, scale, offset, ...rest } = inputs as NormalizeBatchInputs;
  const unit = unitOf(rest);
  const { float, int } = attributesOf(tensorflow);
  const attributes = [float('epsilon', (attrs as NormalizeBatchAttrs).epsilon), int('U', unit.length)];
  return tensorflow.executeMultipleOutputs('CtuNormalize', attributes, float32([x, scale, offset, ...unit]), 2);
};

/** The backward kernel. */
export const normalizeBatchGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const tensorflow = backend as TensorflowBackend;
  const { dy, x, statistics, scale, offset, ...rest } = inputs as NormalizeBatchGradInputs;
  const { epsilon, ofScale, ofUnit } = attrs as NormalizeBatchGradAttrs;
  const unit = unitOf(rest);
  const gradients = 2 * Number(ofScale) + 2 * Number(ofUnit);
  const { float, int, bool } = attributesOf(tensorflow);
  return tensorflow.executeMultipleOutputs(
    'CtuNormalizeGrad',
    [
      float('epsilon', epsilon),
      int('U', unit.length),
      int('G', gradients),
      bool('ofScale', ofScale),
      bool('ofUnit', ofUnit),
    ],
    float32([dy, x, statistics, scale, offset, ...unit]),
    1 + gradients,
  );
};

function unitOf({ beta, coeff }: Pick<NormalizeBatchInputs, 'beta' | 'coeff'>): TensorInfo[] {
  return beta && coeff ? [beta, coeff] : [];
}
