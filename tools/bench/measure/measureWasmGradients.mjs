// What the benchmark of ct-wasm-gradients measures: convolutions and their gradients, and training steps.
import { adamStep, variableOf } from './adamStep.mjs';

/** @typedef {import('./measureActivation.mjs').Tfjs} Tfjs */
/** @typedef {import('./measureActivation.mjs').Tensor} Tensor */
/** @typedef {any} Model A LayersModel. */
/** @typedef {Map<string, object>} Kernels What is registered for wasm, by name. */
/** @typedef {{ step: () => void, prepare: () => Promise<void> }} Form */

/**
 * Input [batch, height, width, channels], filter size, stride, output channels (`x2`: a multiplier of 2, depthwise).
 *
 * @type {[number[], number, number, number | string][]}
 */
const shapes = [
  [[32, 14, 14, 16], 3, 1, 16],
  [[32, 7, 7, 32], 3, 1, 32],
  [[32, 4, 4, 64], 3, 1, 64],
  [[32, 14, 14, 16], 3, 2, 32],
  [[32, 28, 28, 1], 3, 2, 16],
  [[8, 32, 32, 3], 3, 1, 16],
  [[8, 56, 56, 64], 3, 1, 64],
  [[4, 56, 56, 64], 1, 1, 256],
  [[2, 14, 14, 256], 3, 1, 256],
  [[2, 224, 224, 3], 7, 2, 64],
  [[4, 56, 56, 144], 3, 1, 'x1'],
  [[4, 56, 56, 144], 3, 2, 'x1'],
];

/**
 * For each shape: tfjs's own forward convolution, ours, and its gradients in the input and in the filter.
 *
 * @param {Tfjs} tf
 * @param {{ stock: Kernels, ours: Kernels, useKernels: (kernels: Kernels) => void }} registered
 */
export function convolutions(tf, { stock, ours, useKernels }) {
  return shapes.map(([shape, size, stride, outputs]) => {
    const depthwise = typeof outputs === 'string';
    const channels = depthwise ? Number(outputs.slice(1)) : outputs;
    const x = tf.randomNormal(shape);
    const filter = tf.randomNormal([size, size, shape[3], channels]);
    const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
    const dy = tf.onesLike(tf.tidy(() => convolve(x, filter, stride, 'same')));
    const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
    const [input, inFilter] = depthwise
      ? ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter']
      : ['Conv2DBackpropInput', 'Conv2DBackpropFilter'];
    // Short calls several times, so that the clock can see them.
    const repeat = Math.ceil(2e7 / ((x.size * filter.size) / shape[3] / (stride * stride)));
    const repeated =
      (/** @type {() => Tensor} */ f, kernels = ours) =>
      () => {
        useKernels(kernels);
        for (let i = 0; i < repeat; i++) f().dispose();
      };
    return {
      name:
        `[${shape.join(', ')}], ${size}x${size}${stride > 1 ? `, stride ${stride}` : ''}, ` +
        `${depthwise ? 'depthwise' : `to ${channels}`}`,
      runs: {
        forward: repeated(() => convolve(x, filter, stride, 'same'), stock),
        'forward, with this package': repeated(() => convolve(x, filter, stride, 'same')),
        'gradient in x': repeated(() =>
          tf.engine().runKernel(input, { dy, filter }, { ...attrs, inputShape: x.shape }),
        ),
        'filter gradient': repeated(() =>
          tf.engine().runKernel(inFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
        ),
      },
      dispose: () => tf.dispose([x, filter, dy]),
    };
  });
}

/**
 * Steps of the pretrained resnet14 at its 28x28, batch 32, and the forms in which each can run.
 *
 * @param {Tfjs} tf
 * @param {Record<'stock' | 'fused' | 'ours', Kernels> & { useKernels: (kernels: Kernels) => void }} registered
 * @returns {Promise<{ name: string, forms: Record<string, Form>, ratios: [of: string, to: string][] }[]>}
 */
export async function trainingSteps(tf, { stock, fused, ours, useKernels }) {
  /**
   * @param {string} backend
   * @param {Kernels | undefined} kernels
   * @param {(tf: Tfjs) => Promise<() => void>} make
   * @returns {Promise<Form>}
   */
  const on = async (backend, kernels, make) => {
    useKernels(ours);
    await tf.setBackend(backend);
    const step = await make(tf);
    return {
      step,
      prepare: async () => {
        await tf.setBackend(backend);
        if (kernels) useKernels(kernels);
      },
    };
  };
  return [
    {
      name: 'T-CT step of a resnet14',
      forms: {
        'tfjs alone': await on('wasm', stock, tuneCurvature),
        'tfjs, fused ctu': await on('wasm', fused, tuneCurvature),
        'with this package': await on('wasm', ours, tuneCurvature),
      },
      ratios: [
        ['with this package', 'tfjs alone'],
        ['with this package', 'tfjs, fused ctu'],
      ],
    },
    {
      name: 'full fine-tuning step of a resnet14',
      forms: {
        'cpu backend': await on('cpu', undefined, fineTune),
        'with this package': await on('wasm', ours, fineTune),
      },
      ratios: [['cpu backend', 'with this package']],
    },
  ];
}

/**
 * Trains beta and c of every channel, and the head; the convolutions are frozen.
 *
 * @param {Tfjs} tf
 */
async function tuneCurvature(tf) {
  const { ctu } = await import('../../../packages/ct-activation/dist/index.js');
  const { replaceActivations } = await import('../../../packages/ct-layers/dist/index.js');
  const { loadPretrained } = await import('../../../packages/ct-models/dist/index.js');
  const { model } = replaceActivations(await loadPretrained('resnet14.mnist'), { beta: 0.8 });
  /** @type {Tensor[]} */
  const variables = [];
  for (const layer of model.layers) {
    if (layer.getClassName() !== 'CTActivation') continue;
    const channels = layer.inboundNodes[0].outputShapes.at(-1);
    const [beta, coeff] = [1.386, 0].map((raw) =>
      tf.variable(tf.fill([Array.isArray(channels) ? channels.at(-1) : channels], raw)),
    );
    layer.call = (x) => ctu(Array.isArray(x) ? x[0] : x, tf.sigmoid(beta), tf.sigmoid(coeff));
    variables.push(beta, coeff);
  }
  return stepOf(tf, model, [...variables, ...model.layers[model.layers.length - 1].trainableWeights.map(variableOf)]);
}

/**
 * Trains every weight.
 *
 * @param {Tfjs} tf
 */
async function fineTune(tf) {
  const { loadPretrained } = await import('../../../packages/ct-models/dist/index.js');
  const model = await loadPretrained('resnet14.mnist');
  return stepOf(tf, model, model.trainableWeights.map(variableOf));
}

/**
 * One step of Adam on one batch of 32, in training mode; it ends when the loss has been read.
 *
 * @param {Tfjs} tf
 * @param {Model} model
 * @param {Tensor[]} variables
 */
function stepOf(tf, model, variables) {
  // tfjs-layers takes tf.fused.conv2d, which computes the gradients of frozen filters too, on wasm alone not at all.
  for (const layer of model.layers) {
    if (layer.getClassName() === 'Conv2D')
      layer.call = (/** @type {Tensor} */ x) =>
        tf.conv2d(Array.isArray(x) ? x[0] : x, layer.kernel.read(), layer.strides, layer.padding);
  }
  const images = tf.randomNormal([32, ...model.inputs[0].shape.slice(1)], 0, 1, 'float32', 1);
  return adamStep(tf, model, images, variables);
}
