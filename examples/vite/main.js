// A network trained on MNIST reads other digits, at the curvature of a slider.
import { loadDataset, subset, toBatch } from '@curvature-tuning/datasets';
import { accuracy, replaceActivations } from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';
import { useWasm } from './wasm.js';

await useWasm();
const digits = await loadDataset('digits');
const some = subset(
  digits.test,
  Array.from({ length: 100 }, (_, i) => i),
);
const examples = toBatch(some, digits);
const { model, setBeta } = replaceActivations(await loadPretrained('resnet14.mnist'));
const [slider, said] = ['beta', 'said'].map((id) => document.getElementById(id));

let isRunning = false;
async function show() {
  // What is moved meanwhile is shown afterwards.
  if (isRunning) return;
  isRunning = true;
  let beta;
  do {
    beta = Number(slider.value);
    setBeta(beta);
    const share = await accuracy(model, examples);
    said.textContent = `beta ${beta}: ${(100 * share).toFixed(0)} of 100 digits right`;
  } while (beta !== Number(slider.value));
  isRunning = false;
}
slider.addEventListener('input', show);
await show();
