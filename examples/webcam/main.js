// Frames of a camera through a network that reads digits, dark on light paper, at the curvature of a slider.
import * as tf from '@tensorflow/tfjs';
import { replaceActivations } from '@curvature-tuning/layers';
import { loadPretrained, pretrainedWeights } from '@curvature-tuning/models';
import { useWasm } from './wasm.js';

const [video, slider, said] = ['camera', 'beta', 'said'].map((id) => document.getElementById(id));
await useWasm();
const { mean, std } = pretrainedWeights['resnet14.mnist'];
const { model, setBeta } = replaceActivations(await loadPretrained('resnet14.mnist'));
video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 280, height: 280 } });
await video.play();

let frames = 0;
async function look() {
  setBeta(Number(slider.value));
  const probabilities = tf.tidy(() => {
    // The network wants 28x28, grey, light on dark, in [0, 1], normalised.
    const grey = tf.browser.fromPixels(video, 3).mean(2, true).div(255);
    const small = tf.image.resizeBilinear(grey, [28, 28]).expandDims();
    return tf.softmax(model.predict(tf.sub(1, small).sub(mean[0]).div(std[0])));
  });
  const values = await probabilities.data();
  probabilities.dispose();
  const best = values.indexOf(Math.max(...values));
  said.textContent = `frame ${++frames}: ${best}, by ${(100 * values[best]).toFixed(0)} % at beta ${slider.value}`;
  requestAnimationFrame(look);
}
await look();
