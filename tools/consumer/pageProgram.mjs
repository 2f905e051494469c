// README's first program as a page, with fewer betas; the page says how it ended in its title.
export const indexHtml =
  '<!doctype html><html><head><title>running</title><script type="module" ' +
  'src="/main.js"></script></head><body></body></html>\n';

export const program = `
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.wasm?url';
import { loadDataset, toBatch } from '@curvature-tuning/datasets';
import { accuracy, steer } from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';

setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});

async function main() {
  if (!(await tf.setBackend('wasm'))) throw new Error('no wasm backend');
  const model = await loadPretrained('resnet14.mnist');
  const digits = await loadDataset('digits');
  const [train, validation, test] = [digits.train, digits.validation, digits.test].map((set) => toBatch(set, digits));
  const { beta, classifier } = await steer(model, train, validation, { betas: [0.9], protocol: 'paper' });
  return { beta, accuracy: await accuracy(classifier, test) };
}
main().then(
  (result) => (document.title = JSON.stringify(result)),
  (error) => (document.title = 'failed: ' + error.message),
);
`;
