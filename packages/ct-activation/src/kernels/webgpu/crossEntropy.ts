/**
 * `CrossEntropy` and `CrossEntropyGrad` on the WebGPU backend: a program for the examples, one for their sums, and one
 * for the gradient.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { CrossEntropyGradInputs, CrossEntropyInputs } from '../crossEntropyKernel.js';
import type { FlatProgram } from './flatProgram.js';
import { run, sizeOf } from './flatProgram.js';

/** The forward kernel. */
export const crossEntropy: KernelFunc = ({ inputs, backend }) => {
  const webgpu = backend as WebGPUBackend;
  const { logits, labels } = inputs as CrossEntropyInputs;
  const [examples, classes] = logits.shape as [number, number];
  const rows = run(webgpu, {
    ...singly({ Z: logits, L: labels }),
    name: 'crossEntropyRows',
    threads: examples,
    outputShape: [examples, 4],
    integers: { examples, classes },
    userCode: `
      fn main(index : i32) {
        if (index >= uniforms.examples) { return; }
        let start = index * uniforms.classes;
        var most = Z[start];
        var first = 0;
        for (var j = 1; j < uniforms.classes; j++) {
          if (Z[start + j] > most) { most = Z[start + j]; first = j; }
        }
        var sum = 0.0;
        for (var j = 0; j < uniforms.classes; j++) { sum += exp(Z[start + j] - most); }
        let label = L[index];
        setOutputAtIndex(4 * index, log(sum) + (most - Z[start + label]));
        setOutputAtIndex(4 * index + 1, select(0.0, 1.0, label == first));
        setOutputAtIndex(4 * index + 2, most);
        setOutputAtIndex(4 * index + 3, sum);
      }`,
  });
  const scores = run(webgpu, {
    ...singly({ R: rows }),
    name: 'crossEntropySums',
    threads: 2,
    outputShape: [2],
    integers: { examples },
    userCode: `
      fn main(index : i32) {
        if (index >= 2) { return; }
        var sum = 0.0;
        for (var i = 0; i < uniforms.examples; i++) { sum += R[4 * i + index]; }
        setOutputAtIndex(index, select(sum, sum / f32(uniforms.examples), index == 0));
      }`,
  });
  return [scores, rows];
};

/** The backward kernel. */
export const crossEntropyGrad: KernelFunc = ({ inputs, backend }) => {
  const { dy, logits, labels, rows } = inputs as CrossEntropyGradInputs;
  const [examples, classes] = logits.shape as [number, number];
  const size = sizeOf(logits);
  return run(backend as WebGPUBackend, {
    ...singly({ Z: logits, L: labels, R: rows, Dy: dy }),
    name: 'crossEntropyGrad',
    threads: size,
    outputShape: logits.shape,
    integers: { examples, classes, size },
    userCode: `
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let row = index / uniforms.classes;
        let softmax = exp(Z[index] - R[4 * row + 2]) / R[4 * row + 3];
        let own = select(0.0, 1.0, index % uniforms.classes == L[row]);
        setOutputAtIndex(index, (softmax - own) * (Dy[0] / f32(uniforms.examples)));
      }`,
  });
};

/** Buffers of single elements. */
function singly(infos: Record<string, TensorInfo>): Pick<FlatProgram, 'buffers' | 'width'> {
  return {
    buffers: Object.fromEntries(Object.entries(infos).map(([name, info]) => [name, { info, width: 1 }])),
    width: 1,
  };
}
