/**
 * Programs that see flat arrays, so that one pipeline serves all ranks.
 */
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';

/** Within every device's limits, those of compatibility mode included. */
export const WORKGROUP_SIZE = 64;

/** Floats in an element of a buffer. */
export type Width = 1 | 4;

/** One program, and what it runs on. */
export interface FlatProgram {
  /** Stands for the code, beside the names and widths of the buffers. */
  name: string;
  /** By the names that the code has for them. */
  buffers: Record<string, { info: TensorInfo; width: Width }>;
  /** Of the output's buffer. */
  width: Width;
  threads: number;
  outputShape: number[];
  integers: Record<string, number>;
  floats?: Record<string, number>;
  userCode: string;
}

/** Runs a program on flat views of its inputs. */
export function run(
  webgpu: WebGPUBackend,
  { name, buffers, width, threads, outputShape, integers, floats = {}, userCode }: FlatProgram,
): TensorInfo {
  const inputs = Object.values(buffers);
  const program: WebGPUProgram = {
    variableNames: Object.keys(buffers),
    outputShape: [util.sizeFromShape(outputShape)],
    shaderKey: ['ctu', name, ...Object.entries(buffers).map(([of, { width }]) => `${of}${width}`)].join('_'),
    workgroupSize: [WORKGROUP_SIZE, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(threads / WORKGROUP_SIZE), 1, 1],
    uniforms: [
      ...Object.keys(integers).map((u) => `${u} : i32, `),
      ...Object.keys(floats).map((u) => `${u} : f32, `),
    ].join(''),
    outputComponent: width,
    variableComponents: inputs.map((of) => of.width),
    getUserCode: () => userCode,
  };
  const values = [
    ...Object.values(integers).map((value) => ({ type: 'int32', data: [value] })),
    ...Object.values(floats).map((value) => ({ type: 'float32', data: [value] })),
  ];
  const flat = inputs.map(({ info }) => ({ ...info, shape: [sizeOf(info)] }));
  return { ...webgpu.runWebGPUProgram(program, flat, 'float32', values), shape: outputShape };
}

/** The number of elements. */
export function sizeOf(t: TensorInfo): number {
  return util.sizeFromShape(t.shape);
}

/** The type of an element of a buffer, and how its floats are named. */
export function lanesOf(width: Width): { type: 'f32' | 'vec4<f32>'; lanes: string[] } {
  return width === 4 ? { type: 'vec4<f32>', lanes: ['.x', '.y', '.z', '.w'] } : { type: 'f32', lanes: [''] };
}
