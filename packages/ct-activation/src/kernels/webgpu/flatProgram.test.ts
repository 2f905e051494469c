import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { run } from './flatProgram.js';

it('runs on flat views, keeps the shape of the output, and has a key for each width', () => {
  const programs: WebGPUProgram[] = [];
  const shapes: number[][] = [];
  const backend: Pick<WebGPUBackend, 'runWebGPUProgram'> = {
    runWebGPUProgram: (program, inputs, dtype) => {
      programs.push(program);
      shapes.push(...inputs.map(({ shape }) => shape));
      return { dataId: {}, shape: program.outputShape, dtype };
    },
  };
  const info: TensorInfo = { dataId: {}, shape: [2, 3, 4], dtype: 'float32' };
  const results = ([1, 4] as const).map((width) =>
    run(backend as WebGPUBackend, {
      name: 'twice',
      buffers: { X: { info, width } },
      width,
      threads: 24 / width,
      outputShape: [6, 4],
      integers: { size: 24 / width },
      floats: { factor: 2 },
      userCode: '',
    }),
  );
  expect(results.map(({ shape }) => shape)).toEqual([
    [6, 4],
    [6, 4],
  ]);
  expect(shapes).toEqual([[24], [24]]);
  expect(programs.map(({ uniforms }) => uniforms)).toEqual(Array(2).fill('size : i32, factor : f32, '));
  expect(new Set(programs.map(({ shaderKey }) => shaderKey)).size).toBe(2);
  expect(programs[0]!.dispatch).toEqual([1, 1, 1]);
});
