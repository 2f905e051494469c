// Compares a hash-weight ResNet-50 on the wasm backend with the logits that resnet50_parity.py wrote; see its header.
// Run: pnpm build, then node tools/golden/reference/resnet50_parity.mjs [FILE.json]
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const bound = 5e-6;
const models = new URL('../../../packages/ct-models/', import.meta.url);
const golden = process.argv[2] ? pathToFileURL(process.argv[2]) : new URL('test/golden/resnet50.json', models);

// The packages resolve as they do for ct-models, which has tfjs among its development dependencies.
const require = createRequire(new URL('package.json', models));
const tf = require(/** @type {string} */ ('@tensorflow/tfjs-core'));
require('@tensorflow/tfjs-backend-wasm');
const { loadTorchWeights, resnet50 } = await import(new URL('dist/index.js', models).href);
const { hashInput, hashWeights } = await import(new URL('dist/hashWeights.js', models).href);

const { input_shape_nchw: shape, logits } = JSON.parse(await readFile(golden, 'utf8'));
const [, channels, height, width] = shape;
const classes = logits.shape[1];

await tf.setBackend('wasm');
const started = performance.now();
const model = resnet50({ classes, inputShape: [height, width, channels], initialWeights: 'zeros' });
loadTorchWeights(model, hashWeights(model));
const image = hashInput(shape);
const built = performance.now();
const output = model.predict(image);
const values = await output.data();
const done = performance.now();

const largest = Math.max(...logits.data.map(Math.abs));
const error = Math.max(
  ...logits.data.map((/** @type {number} */ exact, /** @type {number} */ i) => Math.abs(exact - values[i])),
);
console.log(`resnet50 on ${tf.getBackend()}, input [${shape}], ${classes} classes`);
console.log(
  `largest |logit| ${largest.toPrecision(5)}, largest error ${error.toExponential(2)}: ` +
    `${(error / largest).toExponential(2)} of it (bound ${bound})`,
);
console.log(`build and load ${Math.round(built - started)} ms, predict ${Math.round(done - built)} ms`);
tf.dispose([image, output]);
model.dispose();
if (!(error <= bound * largest)) process.exitCode = 1;
