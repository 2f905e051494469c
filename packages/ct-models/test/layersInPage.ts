/**
 * The layers of this package, and what networks are made of beside them, on the backends of a page: outputs and
 * gradients in all weights as on cpu.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { mul, randomNormal, sum, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { input, model } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { hardSwish } from '../src/building/hardSwish.js';
import { NamedLayers } from '../src/building/namedLayers.js';
import { squeezeExcite } from '../src/building/squeezeExcite.js';
import { convnext } from '../src/families/convnext.js';
import { swin } from '../src/families/swin.js';
import { adaptiveAveragePooling2d, createModel, hardSigmoid, paddedMaxPooling2d } from '../src/index.js';
import { hasWebgpu, use } from './backendsInPage.js';

const SMALL = { classes: 3, seed: 3 } as const;

/** Small networks that have all layers of the package among them. */
export const networks: Readonly<Record<string, () => LayersModel>> = {
  // LastAxisNormalization, ShiftedWindowAttention over padded and shifted windows, PatchMerging, GELU.
  'a Swin transformer': () =>
    swin(
      { name: 'tiny', blocks: [2, 2], width: 4, heads: 1, windowSize: 2, depthRate: 0 },
      { ...SMALL, inputShape: [12, 12, 2] },
    ),
  // LayerScale, depthwise 7x7.
  'a ConvNeXt': () =>
    convnext(
      { name: 'small', stages: [2, 1].map((blocks) => ({ blocks, width: 4 })), depthRate: 0 },
      { ...SMALL, inputShape: [32, 32, 2] },
    ),
  'squeeze and excitation behind a hard-swish': () => {
    const image = input({ shape: [5, 6, 8] });
    const net = new NamedLayers(SMALL);
    const y = hardSwish(net, image, 'hardSwish');
    const gate = (name: string) => hardSigmoid({ name });
    return model({ inputs: image, outputs: squeezeExcite(net, y, 'se', { squeeze: 2, activation: 'relu', gate }) });
  },
  // ReLU6, TensorFlow's padding.
  'a strided depthwise convolution as EfficientNet-Lite has it': () => {
    const image = input({ shape: [7, 8, 3] });
    const net = new NamedLayers(SMALL);
    const y = net.depthwise(image, 'depthwise', { kernelSize: 5, strides: 2, padding: 'same' });
    return model({ inputs: image, outputs: net.activation('relu6', 'act')(net.batchNorm(y, 'bn')) });
  },
  // Standardize, asymmetric padding, SiLU.
  'a Wide ResNet of Gowal et al.': () => createModel('dm_wrn_10_1', { ...SMALL, inputShape: [16, 16, 3] }),
  PaddedMaxPooling2D: () => {
    const image = input({ shape: [9, 10, 2] });
    const y = paddedMaxPooling2d({ poolSize: 3, strides: 2, padding: 1 }).apply(image);
    return model({ inputs: image, outputs: new NamedLayers(SMALL).dense(y as never, 'fc', { units: 2 }) });
  },
  AdaptiveAveragePooling2D: () => {
    const image = input({ shape: [2, 5, 2] });
    const y = adaptiveAveragePooling2d({ outputSize: 3 }).apply(image);
    return model({ inputs: image, outputs: new NamedLayers(SMALL).dense(y as never, 'fc', { units: 2 }) });
  },
};

/** Those whose programs SwiftShader compiles for many seconds; each of their layers has its test in Node. */
export const LARGER = ['a Swin transformer', 'a Wide ResNet of Gowal et al.'];

/** The output, and what its product with fixed numbers changes by with every weight. */
async function outputAndGradients(net: LayersModel): Promise<Map<string, Float32Array>> {
  const [, height, width, channels] = net.inputs[0]!.shape as [null, number, number, number];
  const x = randomNormal([2, height, width, channels], 0, 1, 'float32', 4);
  const output = net.predict(x) as Tensor;
  const weights = randomNormal(output.shape, 0, 1, 'float32', 5);
  const variables = net.trainableWeights.map((weight) => weight.read() as Variable);
  const loss = () => tidy(() => sum(mul(net.predict(x) as Tensor, weights)));
  const { value, grads } = variableGrads(loss as never, variables);
  const found = new Map<string, Tensor>([['output', output]]);
  net.trainableWeights.forEach(({ name }, i) => found.set(name, grads[variables[i]!.name]!));
  const read = new Map<string, Float32Array>();
  for (const [name, tensor] of found) read.set(name, (await tensor.data()) as Float32Array);
  [x, weights, value, ...found.values()].forEach((tensor) => tensor.dispose());
  return read;
}

/** Registers the tests of these networks, on every backend of the page. */
export function agreesInPage(names: readonly string[]): void {
  describe.each([['webgl'], ...(hasWebgpu ? [['webgpu']] : [])])('%s in headless Chromium', (backend) => {
    it.each(names.map((name) => [name, networks[name]!] as const))(
      'agrees with cpu to 1e-5 of the largest output, and in gradients to 1e-3 of the largest: %s',
      async (_, build) => {
        await use('cpu');
        const net = build();
        // Weights of the size of their sums, so that every part has its share.
        const ofWeight = (weight: Tensor, i: number): Tensor => {
          const [mean, deviation] = [[0.2, 0, 0, 1][i]!, i === 3 ? 0.1 : 0.3];
          return randomNormal(weight.shape, mean, deviation, 'float32', 9 + i);
        };
        for (const layer of net.layers) layer.setWeights(layer.getWeights().map(ofWeight));
        const expected = await outputAndGradients(net);
        await use(backend);
        const got = await outputAndGradients(net);
        for (const [name, exact] of expected) {
          const largest = Math.max(...exact.map(Math.abs), 1e-3);
          const error = Math.max(...exact.map((value, i) => Math.abs(value - got.get(name)![i]!))) / largest;
          expect(error, name).toBeLessThan(name === 'output' ? 1e-5 : 1e-3);
        }
        net.dispose();
      },
    );
  });

  if (!hasWebgpu) it.skip('webgpu in headless Chromium (it has no WebGPU adapter)');
}
