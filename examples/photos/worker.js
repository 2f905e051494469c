// The worker: adapts a network of any of both formats to labelled photos, and tells others apart.
import * as tf from '@tensorflow/tfjs';
import '@curvature-tuning/activation/webgl';
import '@curvature-tuning/wasm-gradients';
import { dataSet, preprocess } from '@curvature-tuning/data';
import {
  applyAdapter,
  getAdapter,
  loadAdapter,
  replaceActivations,
  saveAdapter,
  steer,
  tune,
} from '@curvature-tuning/layers';
import { graphFeatures, replaceGraphActivations } from '@curvature-tuning/layers/graph';
import { useWasm } from './wasm.js';

let classifier;
let classes;
let preprocessing;
// One message after another.
let turn = Promise.resolve();
self.addEventListener('message', ({ data }) => (turn = turn.then(() => act(data)).catch(fail)));

async function act({ backend = 'wasm', model, labelled, photos, adapter, ...asked }) {
  if (photos) return tell(photos);
  if (backend === 'wasm') await useWasm();
  else if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
  const network = await load(model);
  const [, height, width, channels] = network.inputs[0].shape;
  if (labelled) await adapt(network, labelled, { ...asked, inputSize: [height, width, channels] });
  else {
    const read = loadAdapter(adapter);
    const { base, sharing } = read.config;
    classifier = base.graph ? network : replaceActivations(network, { sharing }).model;
    await applyAdapter(classifier, read);
    ({ classNames: classes, preprocessing } = read.config.meta);
    self.postMessage({ ready: true, said: `${classes.join(', ')}: adapted at an earlier visit` });
  }
}

/** A LayersModel as it is; of a GraphModel the features, with units at the network's own curvature. */
async function load(files) {
  const json = files.find(({ name }) => name.endsWith('.json'));
  const handler = tf.io.browserFiles([json, ...files.filter((file) => file !== json)]);
  const artifacts = await handler.load();
  if (!artifacts.modelTopology.node) return tf.loadLayersModel(tf.io.fromMemory(artifacts));
  return graphFeatures(await replaceGraphActivations(artifacts, { sharing: 'channel', trainable: true }));
}

async function adapt(network, labelled, { inputSize, method = 'steer', betas = '0.6,0.8', epochs = '5' }) {
  classes = [...new Set(labelled.map(({ name }) => name))].sort();
  preprocessing = { inputSize };
  const pixels = [];
  for (const [i, { file }] of labelled.entries()) {
    pixels.push(await pixelsOf(file));
    self.postMessage({ progress: { done: i + 1, total: labelled.length }, said: `reading photo ${i + 1}` });
  }
  const all = dataSet({
    labels: labelled.map(({ name }) => classes.indexOf(name)),
    classes,
    read: (index) => ({ values: pixels[index], shape: inputSize }),
  }).map(preprocess(preprocessing));
  // A fifth of the photos, and at least one of each class, to choose by.
  const others = Math.max(classes.length, Math.round(labelled.length / 5));
  const [train, validation] = all.stratifiedSplit([labelled.length - others, others], 42);
  const onProgress = ({ phase, done, total }) => self.postMessage({ progress: { done, total }, said: phase });
  const result =
    method === 'tune'
      ? await tune(network, train, validation, { epochs: Number(epochs), onProgress })
      : await steer(network, train, validation, { betas: betas.split(',').map(Number), onProgress });
  ({ classifier } = result);
  const bytes = saveAdapter(await getAdapter(classifier));
  const right = `${(100 * result.validationAccuracy).toFixed(0)} % of ${validation.length} other photos right`;
  self.postMessage({ ready: true, adapter: bytes, said: `adapted: ${right}, ${(bytes.length / 1000).toFixed(0)} kB` });
}

async function tell(files) {
  const predicted = [];
  for (const file of files) {
    const read = preprocess(preprocessing)({ values: await pixelsOf(file), shape: preprocessing.inputSize });
    const scores = tf.tidy(() => tf.softmax(classifier.predict(tf.tensor4d(read.values, [1, ...read.shape]))));
    const values = [...(await scores.data())];
    scores.dispose();
    const best = values.indexOf(Math.max(...values));
    predicted.push(`${file.name}: ${classes[best]}, ${(100 * values[best]).toFixed(2)} %`);
  }
  self.postMessage({ predicted, said: `${files.length} photos told apart` });
}

/** The middle of a photo, at the size that the network takes. */
async function pixelsOf(file) {
  const [height, width, channels] = preprocessing.inputSize;
  const image = await createImageBitmap(file);
  const scale = Math.max(width / image.width, height / image.height);
  const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  canvas.imageSmoothingQuality = 'high';
  const [w, h] = [scale * image.width, scale * image.height];
  canvas.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  image.close();
  const { data } = canvas.getImageData(0, 0, width, height);
  if (channels === 3)
    return Uint8Array.from({ length: width * height * 3 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]);
  return Uint8Array.from({ length: width * height }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
}

function fail(error) {
  self.postMessage({ said: `failed: ${error.message}` });
}
