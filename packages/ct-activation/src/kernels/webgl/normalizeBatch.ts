/**
 * `NormalizeBatch` and `NormalizeBatchGrad` on the WebGL backend.
 *
 * Forward are three programs: two for the statistics, and the value. Backward: the means over groups of rows of g·h, g
 * and, where they are wanted, the terms of dbeta and dcoeff, a texel for each channel; from them mean(g·h) and mean(g),
 * and each gradient of a parameter; and dx. Means, not sums: they stay in range where textures hold only float16.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { PLAIN } from '../../unitForm.js';
import type {
  NormalizeBatchAttrs,
  NormalizeBatchGradAttrs,
  NormalizeBatchGradInputs,
  NormalizeBatchInputs,
} from '../normalizeKernel.js';
import type { Batch } from './batchStatistics.js';
import { batchOf, countOf, eachRow, statisticsOf } from './batchStatistics.js';
import type { Shader } from './packedProgram.js';
import { capped, clearPadding, run, withPacked } from './packedProgram.js';
import { backwardSnippet, forwardSnippet } from './unitArithmetic.js';

/** The forward kernel. */
export const normalizeBatch: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgl = backend as MathBackendWebGL;
  const { x: given, ...parameters } = inputs as NormalizeBatchInputs;
  const { epsilon } = attrs as NormalizeBatchAttrs;
  return withPacked(webgl, [given], ([x]) => {
    const batch = batchOf(x!);
    const statistics = statisticsOf(webgl, x!, batch);
    const y = value(webgl, { x: x!, batch }, { ...parameters, statistics }, epsilon);
    return [{ ...y, shape: x!.shape }, statistics];
  });
};

/** The backward kernel. */
export const normalizeBatchGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgl = backend as MathBackendWebGL;
  const { dy: givenDy, x: givenX, ...parameters } = inputs as NormalizeBatchGradInputs;
  const { epsilon, ofScale, ofUnit } = attrs as NormalizeBatchGradAttrs;
  return withPacked(webgl, [givenX, givenDy], ([x, dy]) => {
    const given = { x: x!, dy: dy!, batch: batchOf(x!) };
    const groups = groupMeans(webgl, given, parameters, { epsilon, ofUnit });
    const { pair } = parameters;
    const lanes = [...(ofScale ? ['x', 'y'] : []), ...(ofUnit ? (pair === undefined ? ['z', 'w'] : ['zw']) : [])];
    const ofParameters = lanes.map((lane) => run(webgl, total(given.batch, lane), { P: groups }));
    const means = run(webgl, meansOf(given.batch), { P: groups });
    webgl.disposeIntermediateTensorInfo(groups);
    const dx = gradientInX(webgl, { ...given, means }, parameters, epsilon);
    webgl.disposeIntermediateTensorInfo(means);
    return [{ ...dx, shape: x!.shape }, ...ofParameters];
  });
};

/** What belongs to channels. */
type PerChannel = Pick<NormalizeBatchGradInputs, 'statistics' | 'scale' | 'offset' | 'beta' | 'coeff' | 'pair'>;

/** phi(z), or z where there is no unit. */
function value(
  webgl: MathBackendWebGL,
  { x, batch }: { x: TensorInfo; batch: Batch },
  parameters: PerChannel,
  epsilon: number,
): TensorInfo {
  const { textures, unit } = texturesOf(parameters);
  const lane = (rows: 'xy' | 'zw', k: 'x' | 'y'): string => {
    const z = `((x.${rows}.${k} - mean.${k}) * factor.${k} + offset.${k})`;
    return unit !== undefined ? `unit(${z}, b.${k}, c.${k})` : z;
  };
  return run(
    webgl,
    {
      outputShape: batch.shape,
      userCode: `
        ${unit !== undefined ? forwardSnippet(PLAIN) : ''}
        void main() {
          ivec3 at = getOutputCoords();
          vec4 x = getX(at.x, at.y, at.z);
          ${ofChannels('at.z', unit)}
          vec4 result = vec4(${lane('xy', 'x')}, ${lane('xy', 'y')}, ${lane('zw', 'x')}, ${lane('zw', 'y')});
          ${clearPadding(batch.shape)}
          setOutput(result);
        }`,
    },
    { X: batch.view(x), ...textures },
    { epsilon },
  );
}

/** What the backward programs are given. */
interface Given {
  x: TensorInfo;
  dy: TensorInfo;
  batch: Batch;
}

/** Means over groups, [2 · groups, 2 · channels]: a texel has those of g·h, g, and the terms of dbeta and dcoeff. */
function groupMeans(
  webgl: MathBackendWebGL,
  { x, dy, batch }: Given,
  parameters: PerChannel,
  { epsilon, ofUnit }: { epsilon: number; ofUnit: boolean },
): TensorInfo {
  const { textures, unit } = texturesOf(parameters);
  const [, , channels] = batch.shape;
  return run(
    webgl,
    {
      outputShape: [2 * batch.groups, 2 * channels],
      userCode: `
        ${unit !== undefined ? backwardSnippet(PLAIN) : ''}
        vec4 terms(float x, float dy, vec4 line, vec2 unit) {
          float centred = x - line.x;
          ${
            unit !== undefined
              ? 'vec3 d = dUnit(centred * line.y + line.z, unit.x, unit.y) * dy;'
              : 'vec3 d = vec3(dy, 0.0, 0.0);'
          }
          return vec4(d.x * centred * line.w, d.x, ${ofUnit ? 'd.yz' : 'vec2(0.0)'});
        }
        void main() {
          ivec2 coords = getOutputCoords();
          int channel = coords.y / 2;
          int pair = channel / 2 * 2;
          bool second = channel != pair;
          ${ofChannels('pair', unit)}
          vec4 line = second ? vec4(mean.y, factor.y, offset.y, r.y) : vec4(mean.x, factor.x, offset.x, r.x);
          vec2 of = ${unit !== undefined ? 'second ? vec2(b.y, c.y) : vec2(b.x, c.x)' : 'vec2(0.0)'};
          vec4 result = vec4(0.0);
          float count = 0.0;
          ${eachRow(
            batch,
            'coords.x / 2',
            (row) => `
            vec2 x = getX(0, 2 * t, pair).${row};
            vec2 dy = getDy(0, 2 * t, pair).${row};
            result += terms(second ? x.y : x.x, second ? dy.y : dy.x, line, of);
            count++;`,
          )}
          result /= count;
          ${capped('result')}
          setOutput(result);
        }`,
    },
    { X: batch.view(x), Dy: batch.view(dy), ...textures },
    { epsilon },
  );
}

/** mean(g·h) and mean(g), [2, channels]. */
function meansOf(batch: Batch): Shader {
  const [, , channels] = batch.shape;
  return {
    outputShape: [2, channels],
    userCode: `
      ${countOf(batch)}
      void main() {
        int channel = getOutputCoords().y;
        bool hasSecond = channel + 1 < ${channels};
        vec4 result = vec4(0.0);
        for (int g = 0; g < ${batch.groups}; g++) {
          float count = countOf(g);
          result.xz += getP(2 * g, 2 * channel).xy * count;
          if (hasSecond) result.yw += getP(2 * g, 2 * channel + 2).xy * count;
        }
        result /= ${batch.count}.0;
        setOutput(result);
      }`,
  };
}

/** The sums of one lane over all entries of each channel, [channels], or of two, [2, channels]. */
function total(batch: Batch, lanes: string): Shader {
  const [, , channels] = batch.shape;
  const isOne = lanes.length === 1;
  const [left, right] = isOne ? ['x', 'y'] : ['xz', 'yw'];
  return {
    outputShape: isOne ? [channels] : [2, channels],
    userCode: `
      ${countOf(batch)}
      void main() {
        int channel = getOutputCoords()${isOne ? '' : '.y'};
        bool hasSecond = channel + 1 < ${channels};
        vec4 result = vec4(0.0);
        for (int g = 0; g < ${batch.groups}; g++) {
          float count = countOf(g);
          result.${left} += getP(2 * g, 2 * channel).${lanes} * count;
          if (hasSecond) result.${right} += getP(2 * g, 2 * channel + 2).${lanes} * count;
        }
        ${capped('result')}
        setOutput(result);
      }`,
  };
}

/** dx = scale·r·(g − mean(g) − h·mean(g·h)). */
function gradientInX(
  webgl: MathBackendWebGL,
  { x, dy, batch, means }: Given & { means: TensorInfo },
  parameters: PerChannel,
  epsilon: number,
): TensorInfo {
  const { textures, unit } = texturesOf(parameters);
  const g = (lane: string, k: string): string =>
    unit !== undefined ? `dy.${lane} * dUnit(z.${lane}, b.${k}, c.${k}).x` : `dy.${lane}`;
  return run(
    webgl,
    {
      outputShape: batch.shape,
      userCode: `
        ${unit !== undefined ? backwardSnippet(PLAIN) : ''}
        void main() {
          ivec3 at = getOutputCoords();
          vec4 dy = getDy(at.x, at.y, at.z);
          ${ofChannels('at.z', unit)}
          vec4 centred = getX(at.x, at.y, at.z) - mean.xyxy;
          vec4 z = centred * factor.xyxy + offset.xyxy;
          vec4 g = vec4(${g('x', 'x')}, ${g('y', 'y')}, ${g('z', 'x')}, ${g('w', 'y')});
          vec4 means = getMeans(0, at.z);
          vec4 result = factor.xyxy * (g - means.zwzw - centred * (r * means.xy).xyxy);
          ${clearPadding(batch.shape)}
          setOutput(result);
        }`,
    },
    { X: batch.view(x), Dy: batch.view(dy), Means: means, ...textures },
    { epsilon },
  );
}

/** The textures of what belongs to channels. */
function texturesOf({ statistics, scale, offset, beta, coeff, pair }: PerChannel): {
  textures: Record<string, TensorInfo>;
  /** The lines that read beta and c of two channels; none where there is no unit. */
  unit: ((channel: string) => string) | undefined;
} {
  const textures = { Statistics: statistics, Scale: scale, Offset: offset };
  if (pair !== undefined)
    return {
      textures: { ...textures, Pair: pair },
      unit: (channel) => `vec4 both = getPair(0, ${channel});\nvec2 b = both.xy;\nvec2 c = both.zw;`,
    };
  if (beta === undefined || coeff === undefined) return { textures, unit: undefined };
  return {
    textures: { ...textures, Beta: beta, Coeff: coeff },
    unit: (channel) => `vec2 b = getBeta(${channel}).xy;\nvec2 c = getCoeff(${channel}).xy;`,
  };
}

/** Reads what belongs to two channels: z = (x − mean)·factor + offset, h = (x − mean)·r. */
function ofChannels(channel: string, unit: ((channel: string) => string) | undefined): string {
  return `
    vec4 statistics = getStatistics(0, ${channel});
    vec2 mean = statistics.xy;
    vec2 spread = statistics.zw + epsilon;
    vec2 r = inversesqrt(spread);
    // A step of Newton's: cards' own is good to a few ulp.
    r += 0.5 * r * (1.0 - spread * r * r);
    vec2 factor = getScale(${channel}).xy * r;
    vec2 offset = getOffset(${channel}).xy;
    ${unit?.(channel) ?? ''}`;
}
