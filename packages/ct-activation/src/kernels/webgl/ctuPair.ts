/**
 * `CtuPair` and `CtuPairGrad` on the WebGL backend: a texel of the pair has beta and c of two channels.
 *
 * Backward are three programs: dx, partial sums of dbeta and dcoeff over about √rows rows each, and their sums.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnitForm } from '../../unitForm.js';
import type { CtuPairGradInputs, CtuPairInputs } from '../pairKernel.js';
import type { Batch } from './batchStatistics.js';
import { batchOf, clearSecond, eachRow } from './batchStatistics.js';
import type { Shader } from './packedProgram.js';
import { capped, clearPadding, run, withPacked } from './packedProgram.js';
import { backwardSnippet, forwardSnippet } from './unitArithmetic.js';

type FormAttrs = UnitForm & Record<string, number>;

/** The forward kernel. */
export const ctuPair: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, pair } = inputs as CtuPairInputs;
  const batch = batchOf(x);
  const y = run(
    backend as MathBackendWebGL,
    elementwise(batch.shape, forwardSnippet(attrs as FormAttrs), 'unit(x.@, b.@, c.@)'),
    { X: batch.view(x), Pair: pair },
  );
  return { ...y, shape: x.shape };
};

/** The backward kernel. */
export const ctuPairGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgl = backend as MathBackendWebGL;
  const { dy: givenDy, x: givenX, pair } = inputs as CtuPairGradInputs;
  const slopes = backwardSnippet(attrs as FormAttrs);
  return withPacked(webgl, [givenX, givenDy], ([x, dy]) => {
    const batch = batchOf(x!);
    const textures = { X: batch.view(x!), Dy: batch.view(dy!), Pair: pair };
    const dx = run(webgl, elementwise(batch.shape, slopes, 'dy.@ * dUnit(x.@, b.@, c.@).x'), textures);
    const partial = run(webgl, partialSums(batch, slopes), textures);
    const dpair = sumOf(webgl, partial, pair.shape);
    webgl.disposeIntermediateTensorInfo(partial);
    return [{ ...dx, shape: givenX.shape }, dpair];
  });
};

function elementwise(shape: Batch['shape'], snippet: string, element: string): Shader {
  return {
    outputShape: shape,
    userCode: `
      ${snippet}
      void main() {
        ivec3 at = getOutputCoords();
        vec4 x = getX(at.x, at.y, at.z);
        vec4 pair = getPair(0, at.z);
        vec4 b = pair.xyxy;
        vec4 c = pair.zwzw;
        ${element.includes('dy') ? 'vec4 dy = getDy(at.x, at.y, at.z);' : ''}
        vec4 result = vec4(${[...'xyzw'].map((lane) => element.replaceAll('@', lane)).join(', ')});
        ${clearPadding(shape)}
        setOutput(result);
      }`,
  };
}

/** [2 · groups, channels]: rows 2g and 2g + 1 have those of dbeta and of dcoeff. */
function partialSums(batch: Batch, snippet: string): Shader {
  const [, , channels] = batch.shape;
  return {
    outputShape: [2 * batch.groups, channels],
    userCode: `
      ${snippet}
      void main() {
        ivec2 coords = getOutputCoords();
        vec4 pair = getPair(0, coords.y);
        vec4 result = vec4(0.0);
        ${eachRow(
          batch,
          'coords.x / 2',
          (row) => `
          vec2 x = getX(0, 2 * t, coords.y).${row};
          vec2 dy = getDy(0, 2 * t, coords.y).${row};
          result.xz += dy.x * dUnit(x.x, pair.x, pair.z).yz;
          result.yw += dy.y * dUnit(x.y, pair.y, pair.w).yz;`,
        )}
        ${clearSecond('result', 'coords.y', channels)}
        ${capped('result')}
        setOutput(result);
      }`,
  };
}

/** Groups of two rows, added up. */
function sumOf(webgl: MathBackendWebGL, partial: TensorInfo, shape: number[]): TensorInfo {
  const sum: Shader = {
    outputShape: shape,
    userCode: `
      void main() {
        int channel = getOutputCoords().y;
        vec4 result = vec4(0.0);
        for (int g = 0; g < ${partial.shape[0]! / 2}; g++) result += getP(2 * g, channel);
        ${capped('result')}
        setOutput(result);
      }`,
  };
  return run(webgl, sum, { P: partial });
}
