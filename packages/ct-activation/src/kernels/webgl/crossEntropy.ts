/**
 * `CrossEntropy` and `CrossEntropyGrad` on the WebGL backend: a program for the examples, one for their sums, and one
 * for the gradient.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { CrossEntropyGradInputs, CrossEntropyInputs } from '../crossEntropyKernel.js';
import type { Shader } from './packedProgram.js';
import { clearPadding, run, withPacked } from './packedProgram.js';

/** The forward kernel. */
export const crossEntropy: KernelFunc = ({ inputs, backend }) => {
  const webgl = backend as MathBackendWebGL;
  const { logits, labels } = inputs as CrossEntropyInputs;
  const [examples, classes] = logits.shape as [number, number];
  return withPacked(webgl, [logits, labels], ([Z, L]) => {
    const rows = run(webgl, ofExamples(examples, classes), { Z: Z!, L: L! });
    return [run(webgl, sums(examples), { R: rows }), rows];
  });
};

/** The backward kernel. */
export const crossEntropyGrad: KernelFunc = ({ inputs, backend }) => {
  const webgl = backend as MathBackendWebGL;
  const { dy, logits, labels, rows } = inputs as CrossEntropyGradInputs;
  // A number that is not on the GPU yet comes as a uniform.
  const { values } = webgl.texData.get(dy.dataId);
  const factor = values?.length === 1 ? (values as Float32Array)[0] : undefined;
  const shader: Shader = {
    outputShape: logits.shape,
    userCode: `
      void main() {
        ivec2 at = getOutputCoords();
        vec4 line = getR(at.x, 2);
        vec4 labels = getL(at.x).xxyy;
        vec4 classes = vec4(at.y, at.y + 1, at.y, at.y + 1);
        vec4 softmax = exp(getZ(at.x, at.y) - line.xxzz) / line.yyww;
        vec4 result = (softmax - vec4(equal(labels, classes))) * (${factor === undefined ? 'getDy().x' : 'factor'} / ${
          logits.shape[0]
        }.0);
        ${clearPadding(logits.shape)}
        setOutput(result);
      }`,
  };
  return withPacked(webgl, [logits, labels], ([Z, L]) => {
    const textures = { Z: Z!, L: L!, R: rows };
    return [
      factor === undefined ? run(webgl, shader, { ...textures, Dy: dy }) : run(webgl, shader, textures, { factor }),
    ];
  })[0]!;
};

/** [examples, 4], two examples a texel. */
function ofExamples(examples: number, classes: number): Shader {
  const read = 'vec4 z = getZ(at.x, j);\nvec2 of = 2 * (j / 2) == j ? z.xz : z.yw;';
  return {
    outputShape: [examples, 4],
    userCode: `
      void main() {
        ivec2 at = getOutputCoords();
        vec2 labels = getL(at.x).xy;
        vec2 most = getZ(at.x, 0).xz;
        vec2 first = vec2(0.0);
        vec2 own = vec2(0.0);
        for (int j = 0; j < ${classes}; j++) {
          ${read}
          if (of.x > most.x) { most.x = of.x; first.x = float(j); }
          if (of.y > most.y) { most.y = of.y; first.y = float(j); }
          if (labels.x == float(j)) own.x = of.x;
          if (labels.y == float(j)) own.y = of.y;
        }
        vec2 sum = vec2(0.0);
        for (int j = 0; j < ${classes}; j++) {
          ${read}
          sum += exp(of - most);
        }
        vec2 loss = log(sum) + (most - own);
        vec2 hit = vec2(equal(first, labels));
        vec4 result = at.y == 0 ? vec4(loss.x, hit.x, loss.y, hit.y) : vec4(most.x, sum.x, most.y, sum.y);
        if (at.x + 1 == ${examples}) result.zw = vec2(0.0);
        setOutput(result);
      }`,
  };
}

/** [2], not packed, so that a slice of it is no program. */
function sums(examples: number): Shader {
  return {
    outputShape: [2],
    packedOutput: false,
    userCode: `
      void main() {
        int of = getOutputCoords();
        vec2 sum = vec2(0.0);
        for (int i = 0; i < ${examples}; i += 2) {
          vec4 rows = getR(i, 0);
          sum += rows.xy + rows.zw;
        }
        setOutput(of == 0 ? sum.x / ${examples}.0 : sum.y);
      }`,
  };
}
