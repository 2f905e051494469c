// Attacks on tfjs-layers models and GraphModels: the right gradients, and no kernel for a gradient in a parameter.
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-cpu';
import '@curvature-tuning/activation/wasm';
import * as tf from '@tensorflow/tfjs';
import { replaceActivations } from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { AttackedModel } from './attackedModel.js';
import { autoAttack } from '../index.js';
import { applyForInputGradients } from './inputGradientsOnly.js';
import { lossGradient } from './losses.js';

const parameterKernels = /Conv2DBackpropFilter|BackpropFilter|CtuGrad.*(Beta|Coeff)/;

/** The kernels of one forward and backward pass of an attack. */
async function kernelsOf(
  model: AttackedModel,
  images: Float32Array,
  count: number,
  gradient: Float32Array,
): Promise<string[]> {
  const labels = new Int32Array(count);
  // The first pass also measures the memory.
  await model.gradient(images, count, lossGradient('ce', labels, undefined), gradient);
  const names: string[] = [];
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  engine.runKernel = ((name: string, ...rest: [never, never]) => {
    names.push(name);
    return original(name, ...rest);
  }) as typeof engine.runKernel;
  try {
    await model.gradient(images, count, lossGradient('ce', labels, undefined), gradient);
  } finally {
    delete (engine as { runKernel?: unknown }).runKernel;
  }
  return names;
}

function convNet(): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 4,
        kernelSize: 3,
        activation: 'relu',
        padding: 'same',
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
      }),
      tf.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        strides: 2,
        useBias: false,
        kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
      }),
      tf.layers.batchNormalization(),
      tf.layers.activation({ activation: 'tanh' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 8, activation: 'elu', kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }) }),
      tf.layers.dense({ units: 5, kernelInitializer: tf.initializers.glorotUniform({ seed: 4 }) }),
    ],
  });
  return model;
}

describe('input gradients only', () => {
  const images = Float32Array.from({ length: 3 * 64 }, (_, i) => (Math.sin(i * 1.7) + 1) / 2);

  it('on cpu, logits and gradients equal those of model.apply to 1e-6', async () => {
    await tf.setBackend('cpu');
    const model = convNet();
    const attacked = new AttackedModel(model, [8, 8, 1]);
    const gradient = new Float32Array(images.length);
    const labels = Int32Array.from([1, 2, 3]);
    const { data } = await attacked.gradient(images, 3, lossGradient('ce', labels, undefined), gradient);
    const x = tf.tensor4d(images, [3, 8, 8, 1]);
    const plain = tf.tidy(() => {
      const loss = (input: tf.Tensor): tf.Tensor =>
        tf.mul(
          3,
          tf.losses.softmaxCrossEntropy(
            tf.oneHot(tf.tensor1d(labels, 'int32'), 5),
            model.apply(input, { training: false }) as tf.Tensor,
          ),
        );
      return [model.apply(x, { training: false }) as tf.Tensor, tf.grad(loss)(x)] as const;
    });
    const [z, g] = await Promise.all(plain.map((tensor) => tensor.data()));
    expect(Math.max(...data.map((value, i) => Math.abs(value - z![i]!)))).toBeLessThan(1e-6);
    expect(Math.max(...gradient.map((value, i) => Math.abs(value - g![i]!)))).toBeLessThan(1e-6);
    model.dispose();
  });

  it('leaves the model as it was, also when it throws', () => {
    const model = convNet();
    const callOf = (layer: unknown): unknown => (layer as { call: unknown }).call;
    const calls = model.layers.map(callOf);
    const x = tf.zeros([1, 8, 8, 1]);
    applyForInputGradients(model, x);
    expect(() => applyForInputGradients(model, tf.zeros([1, 9, 8, 1]))).toThrow(
      'Input 0 is incompatible with layer dense',
    );
    expect(model.layers.map(callOf)).toEqual(calls);
    expect(model.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
    model.dispose();
  });

  describe('on wasm, which has no kernel for filter gradients', () => {
    beforeAll(() => tf.setBackend('wasm'));

    it('attacks the pretrained ResNet-14, plain and steered, without one parameter kernel', async () => {
      const plain = await loadPretrained('resnet14.mnist');
      const steered = replaceActivations(plain, { beta: 0.9 });
      const digits = Float32Array.from({ length: 2 * 784 }, (_, i) => (Math.sin(i * 0.7) + 1) / 2);
      for (const model of [plain, steered.model]) {
        const gradient = new Float32Array(digits.length);
        const kernels = await kernelsOf(new AttackedModel(model, [28, 28, 1]), digits, 2, gradient);
        expect(kernels).toContain('Conv2DBackpropInput');
        expect(kernels.filter((name) => parameterKernels.test(name))).toEqual([]);
        expect(gradient.some((value) => value !== 0)).toBe(true);
      }
    });

    it('a function that needs a missing kernel gets an error that names the cure', async () => {
      const filter = tf.randomNormal([3, 3, 1, 5], 0, 1, 'float32', 1) as tf.Tensor4D;
      // Linear and fused: tfjs then computes the filter's gradient along with the image's.
      const model = (x: tf.Tensor): tf.Tensor =>
        tf.mean(tf.fused.conv2d({ x: x as tf.Tensor4D, filter, strides: 1, pad: 'valid' }), [1, 2]);
      const x = tf.tensor4d(images, [3, 8, 8, 1]);
      await expect(
        autoAttack(model, x, [0, 1, 2], { norm: 'Linf', eps: 1, version: 'custom', attacks: ['apgd-ce'] }),
      ).rejects.toThrow(
        new RegExp(
          'needs the kernel Conv2DBackpropFilter, which the backend wasm lacks; import ' +
            "'@curvature-tuning/wasm-gradients' once",
        ),
      );
    });

    it('attacks a GraphModel', async () => {
      const weights = Float32Array.from({ length: 64 * 5 }, (_, i) => Math.sin(i * 3.1));
      const node = (name: string, op: string, input: string[], attr: object): object => ({ name, op, input, attr });
      const graph = await tf.loadGraphModel(
        tf.io.fromMemory({
          modelTopology: {
            node: [
              node('x', 'Placeholder', [], {
                dtype: { type: 'DT_FLOAT' },
                shape: { shape: { dim: [{ size: '-1' }, { size: '64' }] } },
              }),
              node('w', 'Const', [], { dtype: { type: 'DT_FLOAT' } }),
              node('y', 'MatMul', ['x', 'w'], {
                T: { type: 'DT_FLOAT' },
                transpose_a: { b: false },
                transpose_b: { b: false },
              }),
            ],
            versions: { producer: 1 },
          },
          weightSpecs: [{ name: 'w', shape: [64, 5], dtype: 'float32' }],
          weightData: weights.buffer,
        }),
      );
      const x = tf.tensor2d(images, [3, 64]);
      const labels = await tf.argMax(graph.predict(x) as tf.Tensor, 1).data();
      const { robustAccuracy, cleanAccuracy, adversarial } = await autoAttack(graph, x, labels, {
        norm: 'Linf',
        eps: 0.3,
        version: 'custom',
        attacks: ['apgd-ce'],
      });
      expect(cleanAccuracy).toBe(1);
      expect(robustAccuracy).toBe(0);
      tf.dispose([adversarial, x]);
      graph.dispose();
    });
  });
});
