// Tunes the curvature of a network on other digits, writes an adapter of kilobytes, and reads it back.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import { loadDataset, subset, toBatch } from '@curvature-tuning/datasets';
import {
  accuracy,
  applyAdapter,
  getAdapter,
  loadAdapter,
  predictedClasses,
  replaceActivations,
  saveAdapter,
  tune,
} from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';
import { readFile, writeFile } from 'node:fs/promises';

if (!(await tf.setBackend('wasm'))) throw new Error('no wasm backend');

// A network that was trained on MNIST, and few images of other digits.
const base = await loadPretrained('resnet14.mnist');
const digits = await loadDataset('digits');
const first = (count) => Array.from({ length: count }, (_, i) => i);
const [train, validation, test] = [
  subset(digits.train, first(96)),
  subset(digits.validation, first(64)),
  subset(digits.test, first(200)),
].map((set) => toBatch(set, digits));
console.log(`as it is: ${await accuracy(base, test)}`);

const { classifier, parameters } = await tune(base, train, validation, {
  epochs: 2,
  onProgress: ({ phase, done, total }) => {
    if (done === total) console.log(`${phase}: ${done} steps`);
  },
});
console.log(`tuned: ${await accuracy(classifier, test)}, by ${parameters.withoutHead} numbers and a head`);

const path = process.argv[2] ?? 'digits.safetensors';
await writeFile(path, saveAdapter(await getAdapter(classifier)));

// In another program: the base, and the file.
const { model } = replaceActivations(base, { sharing: 'channel' });
await applyAdapter(model, loadAdapter(await readFile(path)), { name: 'digits' });
const { predicted: one } = await predictedClasses(classifier, test);
const { predicted: other } = await predictedClasses(model, test);
console.log(`the same predictions: ${one.every((label, i) => label === other[i])}`);
