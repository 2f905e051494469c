/**
 * Packed programs: a texel holds a 2×2 block of a tensor's last two axes.
 */
import type { GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { FLOAT16_CAP, storesFloat16 } from '../../float16.js';

/** What a program computes. */
export type Shader = Pick<GPGPUProgram, 'outputShape' | 'userCode'> & { packedOutput?: boolean };

/** Runs a packed program on textures and numbers, by the names that its code has for them. */
export function run(
  webgl: MathBackendWebGL,
  shader: Shader,
  textures: Record<string, TensorInfo>,
  numbers: Record<string, number> = {},
): TensorInfo {
  const program: GPGPUProgram = {
    packedOutput: true,
    ...shader,
    variableNames: Object.keys(textures),
    customUniforms: Object.keys(numbers).map((name) => ({ name, type: 'float' as const })),
    packedInputs: true,
  };
  const values = Object.values(numbers).map((value) => [value]);
  return webgl.compileAndRun(program, Object.values(textures), 'float32', values);
}

/** Computes with tensors that several programs read: what is not packed is packed once. */
export function withPacked(
  webgl: MathBackendWebGL,
  tensors: TensorInfo[],
  compute: (packed: TensorInfo[]) => TensorInfo[],
): TensorInfo[] {
  const isUnpacked = ({ dataId }: TensorInfo): boolean => {
    const { texture, isPacked } = webgl.texData.get(dataId);
    return texture != null && isPacked !== true;
  };
  const packed = tensors.map((t) => (isUnpacked(t) ? webgl.packTensor(t) : t));
  const results = compute(packed.map((t, i) => ({ ...t, shape: tensors[i]!.shape })));
  packed.forEach((t, i) => t !== tensors[i] && webgl.disposeIntermediateTensorInfo(t));
  return results;
}

/**
 * Keeps derivatives in beta and coeff finite where textures are float16: they grow with x, and at the ends of [0, 1]
 * meet the slope 0 of a sigmoid, which an infinity would turn into NaN. NaN passes.
 */
export function capped(variable: string, cap: number = FLOAT16_CAP): string {
  if (!storesFloat16()) return '';
  return [...'xyzw']
    .map(
      (lane) =>
        `if (abs(${variable}.${lane}) > ${cap.toExponential()}) ${variable}.${lane} = ` +
        `sign(${variable}.${lane}) * ${cap.toExponential()};`,
    )
    .join('\n');
}

/** Zeros in the lanes beyond an odd axis: tfjs's packed matrix product reads them. */
export function clearPadding(shape: number[]): string {
  if (shape.length === 0) return 'result.yzw = vec3(0.0);';
  const field = (axis: number): string => (shape.length === 1 ? 'coords' : `coords.${'xyzwuv'[axis]}`);
  const lines: string[] = [];
  const [rows, channels] = [shape.at(-2) ?? 1, shape.at(-1)!];
  if (channels % 2 === 1) lines.push(`if (${field(shape.length - 1)} == ${channels - 1}) result.yw = vec2(0.0);`);
  if (shape.length === 1) lines.push('result.zw = vec2(0.0);');
  else if (rows % 2 === 1) lines.push(`if (${field(shape.length - 2)} == ${rows - 1}) result.zw = vec2(0.0);`);
  if (lines.length === 0) return '';
  const type = shape.length === 1 ? 'int' : `ivec${shape.length}`;
  return `${type} coords = getOutputCoords();\n${lines.join('\n')}`;
}
