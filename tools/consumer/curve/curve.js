// What a page does with as little as it needs: a network of ReLUs, curved, on a backend, against the formula.
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { getBackend, getKernel, setBackend, tensor2d } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { CTU } from '@curvature-tuning/activation';
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/activation/webgl';
import '@curvature-tuning/activation/webgpu';
import { replaceActivations } from '@curvature-tuning/layers';

const [BETA, COEFF, FEATURES] = [0.5, 0.5, 16];

/** phi(x; beta, c), from the paper. */
function phi(x) {
  const scaled = x / (1 - BETA);
  const swish = x / (1 + Math.exp(-BETA * scaled));
  return COEFF * swish + (1 - COEFF) * (1 - BETA) * Math.log1p(Math.exp(scaled));
}

/** What the curved network gives, and how far that is from phi. */
export async function curve(backend) {
  setWasmPaths('/wasm/');
  if (!(await setBackend(backend))) throw new Error(`no backend ${backend}`);
  const model = sequential();
  model.add(layers.activation({ activation: 'relu', inputShape: [FEATURES] }));
  const { model: steered } = replaceActivations(model, { beta: BETA, coeff: COEFF });
  const inputs = Array.from({ length: FEATURES }, (_, i) => (i - FEATURES / 2) / 2);
  const outputs = await steered.predict(tensor2d([inputs])).data();
  return {
    backend: getBackend(),
    isFused: getKernel(CTU, backend) !== undefined,
    error: Math.max(...inputs.map((x, i) => Math.abs(outputs[i] - phi(x)))),
  };
}
