// Makes the small GraphModel of "Your images": a network that tells ten kinds of clothes apart, trained on the bundled
// sample of Fashion-MNIST, and written as stock ops, as tensorflowjs_converter would. It ships with the site:
//
//     node apps/site/scripts/makeGraphModel.mjs
//
// A quarter of an hour at most, two minutes on a quiet machine; the same files to the byte on one machine.
import { writeFileSync } from 'node:fs';
import { cast, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { loadFashionMnistSample, toBatch } from '@curvature-tuning/datasets';
import { accuracy } from '@curvature-tuning/layers';
import { bake } from '@curvature-tuning/layers/graph';
import '@curvature-tuning/wasm-gradients';

const SEED = 1;
const EPOCHS = 24;
const folder = new URL('../assets/clothes/', import.meta.url);

await setBackend('wasm');
let layerCount = 0;
const kernelInitializer = () => initializers.heNormal({ seed: SEED + ++layerCount });
/** @param {import('@tensorflow/tfjs-layers').layers.Layer} convolution */
const unit = (convolution) => [convolution, layers.batchNormalization(), layers.reLU()];
/**
 * @param {number} filters
 * @param {number} strides
 */
const convolution = (filters, strides) =>
  layers.conv2d({
    filters,
    strides,
    kernelSize: 3,
    padding: 'same',
    useBias: false,
    kernelInitializer: kernelInitializer(),
    ...(layerCount === 1 && { inputShape: [28, 28, 1] }),
  });
const model = sequential({
  name: 'clothes',
  layers: [
    ...unit(convolution(16, 2)),
    ...unit(convolution(24, 1)),
    ...unit(convolution(32, 2)),
    ...unit(convolution(48, 1)),
    layers.globalAveragePooling2d({}),
    layers.dense({ units: 10, kernelInitializer: kernelInitializer() }),
    layers.softmax(),
  ],
});
const { train, test } = await loadFashionMnistSample();
const { images, labels } = toBatch(train);
model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
// In one order, so that it can be made again.
await model.fit(images, cast(labels, 'float32'), { epochs: EPOCHS, batchSize: 32, shuffle: false, verbose: 0 });
const right = await accuracy(model, toBatch(test));
const { modelTopology, weightSpecs, weightData } = await bake(model);
const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
const json = {
  format: 'graph-model',
  generatedBy: 'apps/site/scripts/makeGraphModel.mjs',
  modelTopology,
  weightsManifest,
};
writeFileSync(new URL('model.json', folder), `${JSON.stringify(json)}\n`);
writeFileSync(new URL('weights.bin', folder), new Uint8Array(/** @type {ArrayBuffer} */ (weightData)));
console.log(`clothes: ${(100 * right).toFixed(1)} % of ${test.labels.length} test images right, seed ${SEED}`);
