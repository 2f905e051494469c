import type { GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { clearPadding, run } from './packedProgram.js';

it('gives textures and numbers their names, in their order', () => {
  const calls: unknown[][] = [];
  const result: TensorInfo = { dataId: {}, shape: [2, 3], dtype: 'float32' };
  const backend: Pick<MathBackendWebGL, 'compileAndRun'> = {
    compileAndRun: (...args) => {
      calls.push(args);
      return result;
    },
  };
  const [x, b] = [0, 1].map((): TensorInfo => ({ dataId: {}, shape: [3], dtype: 'float32' })) as [
    TensorInfo,
    TensorInfo,
  ];
  const shader = { outputShape: [2, 3], userCode: 'void main() {}' };
  expect(run(backend as MathBackendWebGL, shader, { X: x, B: b }, { epsilon: 0.5, valueC: 2 })).toBe(result);
  const [program, inputs, dtype, values] = calls[0] as [GPGPUProgram, TensorInfo[], string, number[][]];
  expect(program.variableNames).toEqual(['X', 'B']);
  expect(program.customUniforms?.map(({ name }) => name)).toEqual(['epsilon', 'valueC']);
  expect([inputs, dtype, values]).toEqual([[x, b], 'float32', [[0.5], [2]]]);
});

it.each([
  [[2, 4, 6], 0],
  [[2, 4, 5], 1],
  [[2, 3, 5], 2],
  [[5], 2],
])('clears the padding of %j by %i lines', (shape, lines) => {
  expect(clearPadding(shape).split('result.').length - 1).toBe(lines);
});
