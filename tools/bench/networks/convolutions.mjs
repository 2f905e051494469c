// Benchmarks the convolutions of ct-activation-node against TensorFlow's, forward and both gradients, and writes
// tools/bench/results/convolutions.json. Needs `ct-node setup` and the packages built.
//
//     node tools/bench/networks/convolutions.mjs [--rounds 15]
//
// Both compute every convolution here, whichever of them tfjs-node would take: the sizes on either side of the limit in
// packages/ct-activation-node/src/convolutionKernels.ts are what it was chosen by.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spread } from '../measure/measureActivation.mjs';
import { origin } from '../measure/trainingHere.mjs';
import { ratioTable } from '../ratioTable.mjs';

/** @typedef {import('../measure/measureActivation.mjs').Spread} Spread */
/** @typedef {Record<string, Spread>} Passes By name. */
/** @typedef {{ name: string, isOurs: boolean, milliseconds: Passes, ratios: Passes }} ConvolutionTimes */

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const rounds = Number(options.rounds);
/** Milliseconds, about, of one turn. */
const TURN = 4;

const packageRequire = createRequire(new URL('../../../packages/ct-cli/package.json', import.meta.url));
const load = (/** @type {string} */ name) => import(pathToFileURL(packageRequire.resolve(name)).href);
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
// Off by default on processors without AVX-512.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
const { default: tf } = await load('@tensorflow/tfjs');
tf.enableProdMode();
await load('@tensorflow/tfjs-node');
await tf.setBackend('tensorflow');
const backend = tf.backend();
const stock = Object.fromEntries(
  ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].map((name) => [
    name,
    tf.getKernel(name, 'tensorflow').kernelFunc,
  ]),
);
const { nodeKernels } = await import('../../../packages/ct-activation-node/dist/index.js');
const ours = await import('../../../packages/ct-activation-node/dist/convolutionKernels.js');

/** [batch, size, size, in], the filter's size, out, stride: ResNet-14's, and others. */
const CASES = [
  { x: [32, 28, 28, 1], size: 3, out: 16, stride: 2 },
  { x: [32, 14, 14, 16], size: 3, out: 16, stride: 1 },
  { x: [32, 14, 14, 16], size: 3, out: 32, stride: 2 },
  { x: [32, 14, 14, 16], size: 1, out: 32, stride: 2 },
  { x: [32, 7, 7, 32], size: 3, out: 32, stride: 1 },
  { x: [32, 7, 7, 32], size: 3, out: 64, stride: 2 },
  { x: [32, 4, 4, 64], size: 3, out: 64, stride: 1 },
  { x: [8, 32, 32, 3], size: 3, out: 16, stride: 1 },
  { x: [1, 28, 28, 192], size: 1, out: 32, stride: 1 },
  { x: [1, 56, 56, 144], size: 1, out: 24, stride: 1 },
  { x: [64, 14, 14, 16], size: 3, out: 16, stride: 1 },
  { x: [128, 14, 14, 16], size: 3, out: 16, stride: 1 },
  { x: [32, 4, 4, 128], size: 3, out: 128, stride: 1 },
  { x: [8, 56, 56, 64], size: 3, out: 64, stride: 1 },
];

const before = loadavg()[0];
const convolutions = CASES.map(measure);
for (const { name, isOurs, ratios } of convolutions) {
  console.log(`\n${name}: ours / TensorFlow's, of which tfjs-node takes ${isOurs ? 'ours' : "TensorFlow's"}`);
  ratioTable({ ratio: ratios });
}
const record = {
  command: `node tools/bench/networks/convolutions.mjs --rounds ${rounds}`,
  ...origin(),
  isa: nodeKernels().isa,
  load: before,
  rounds,
  convolutions,
};
const folder = fileURLToPath(new URL('../results', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/convolutions.json`, `${JSON.stringify(record, null, 1)}\n`);

/**
 * @param {typeof CASES[number]} of
 * @returns {ConvolutionTimes}
 */
function measure({ x: shape, size, out, stride }) {
  const geometryOf = () =>
    tf.backend_util.computeConv2DInfo(shape, [size, size, shape[3], out], stride, 1, 'same', undefined, false);
  const { outShape, filterShape } = geometryOf();
  const [x, filter, dy] = [shape, filterShape, outShape].map((s) => tf.randomNormal(s, 0, 1, 'float32', 1));
  const attrs = { strides: stride, pad: 'same', dataFormat: 'NHWC', dilations: 1, inputShape: shape, filterShape };
  const theirs = (/** @type {string} */ name, /** @type {object} */ inputs) => () =>
    stock[name]({ inputs, attrs, backend }).dispose();
  const own = (/** @type {(backend: any, inputs: any, geometry: any) => any} */ run, /** @type {any} */ inputs) => () =>
    run(backend, inputs, geometryOf()).dispose();
  /** @type {Record<string, [own: () => void, theirs: () => void]>} */
  const passes = {
    forward: [own(ours.conv2d, { x, filter }), theirs('Conv2D', { x, filter })],
    'gradient in x': [own(ours.conv2dInputGradient, { dy, filter }), theirs('Conv2DBackpropInput', { dy, filter })],
    'filter gradient': [own(ours.conv2dFilterGradient, { x, dy }), theirs('Conv2DBackpropFilter', { x, dy })],
  };
  /** @type {Passes} */
  const milliseconds = {};
  /** @type {Passes} */
  const ratios = {};
  for (const [name, forms] of Object.entries(passes)) {
    const calls = Math.max(1, Math.round(TURN / timeOf(forms[1], 3)));
    const turns = Array.from({ length: rounds }, (_, k) => {
      const order = k % 2 === 0 ? [0, 1] : [1, 0];
      const times = order.map((i) => [i, timeOf(forms[i], calls)]).sort(([a], [b]) => a - b);
      return times.map(([, time]) => time);
    });
    milliseconds[name] = spread(turns.map(([time]) => time));
    ratios[name] = spread(turns.map(([time, their]) => time / their));
  }
  const isOurs = ours.isSmall(geometryOf());
  tf.dispose([x, filter, dy]);
  const strides = stride === 1 ? '' : `, stride ${stride}`;
  return { name: `[${shape.join(', ')}], ${size}x${size}${strides}, to ${out}`, isOurs, milliseconds, ratios };
}

/**
 * Milliseconds of a call, after one that is not counted.
 *
 * @param {() => void} call
 * @param {number} calls
 */
function timeOf(call, calls) {
  call();
  const begin = performance.now();
  for (let k = 0; k < calls; k++) call();
  return (performance.now() - begin) / calls;
}
