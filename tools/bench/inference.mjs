// @ts-check
// Benchmarks inference: a network as it is, steered, and baked into stock ops, exactly and approximately;
// in turns in one process. A table, and a record in tools/bench/results/. The packages must be built.
//
//     node tools/bench/inference.mjs [--backend wasm|tensorflow] [--rounds 15]
//
// ResNet-14 at 28 × 28, batch 32; ResNet-18 at 224 × 224, batch 1, random weights; nsfwjs' MobileNetV2 at 224 × 224,
// batch 1, as a LayersModel (batch normalisation a layer of its own) and as a GraphModel (activations fused into
// convolutions). Every unit at beta 0.9.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { artifactsIn, writeNsfwjs } from '../../experiments/nsfwjsFiles.mjs';
import { spread } from './measureActivation.mjs';

const { values: options } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' }, rounds: { type: 'string', default: '15' } },
});
const { backend } = options;
const rounds = Number(options.rounds);
const BETA = 0.9;

const packageRequire = createRequire(new URL('../../packages/ct-cli/package.json', import.meta.url));
/**
 * @param {string} name
 * @returns {Promise<any>}
 */
const load = (name) => import(pathToFileURL(packageRequire.resolve(name)).href);
// tfjs is a dependency of the packages, not of the workspace.
const { default: tf } = await load('@tensorflow/tfjs');
tf.enableProdMode();
if (backend === 'tensorflow') {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  await load('@tensorflow/tfjs-node');
  await import('../../packages/ct-activation-node/dist/index.js');
} else {
  await load('@tensorflow/tfjs-backend-wasm');
  await import('../../packages/ct-activation/dist/kernels/wasm.js');
}
if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
const { replaceActivations } = await import('../../packages/ct-layers/dist/index.js');
const { bake, replaceGraphActivations } = await import('../../packages/ct-layers/dist/graph/index.js');
const { resnet14, resnet18 } = await import('../../packages/ct-models/dist/index.js');

/** @typedef {{ predict: (x: any) => any }} Network */
/** @typedef {{ shape: number[], forms: Record<string, Network> }} Contest */

/** @type {Record<string, () => Promise<Contest>>} */
const contests = {
  'ResNet-14, 28x28, batch 32': async () =>
    ofLayers(resnet14({ inputShape: [28, 28, 1], stemStride: 2, seed: 1 }), [32, 28, 28, 1]),
  'ResNet-18, 224x224, batch 1': async () => ofLayers(resnet18({ classes: 10, seed: 1 }), [1, 224, 224, 3]),
  'MobileNetV2, LayersModel': async () => ofLayers(await tf.loadLayersModel(await nsfwjs('layers')), [1, 224, 224, 3]),
  'MobileNetV2, GraphModel': async () => {
    const { model: steered, ...rest } = await replaceGraphActivations(await nsfwjs('graph'), { beta: BETA });
    const forms = {
      original: await tf.loadGraphModel(await nsfwjs('graph')),
      steered,
      ...(await baked(/** @type {any} */ ({ model: steered, ...rest }))),
    };
    return { shape: [1, 224, 224, 3], forms };
  },
};

/**
 * @param {any} original A LayersModel.
 * @param {number[]} shape
 * @returns {Promise<Contest>}
 */
async function ofLayers(original, shape) {
  const steered = replaceActivations(original, { beta: BETA }).model;
  return { shape, forms: { original, steered, ...(await baked(steered)) } };
}

/**
 * @param {any} steered What `bake` takes.
 * @returns {Promise<Record<'baked' | 'approximate', Network>>}
 */
async function baked(steered) {
  const loaded = async (/** @type {boolean} */ approximate) =>
    tf.loadGraphModel(tf.io.fromMemory(await bake(steered, { approximate })));
  return { baked: await loaded(false), approximate: await loaded(true) };
}

/**
 * @param {'layers' | 'graph'} name
 * @returns {Promise<any>} An IO handler.
 */
async function nsfwjs(name) {
  const folder = mkdtempSync(join(tmpdir(), 'inference-'));
  try {
    await writeNsfwjs(name, folder);
    return tf.io.fromMemory(artifactsIn(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Medians of milliseconds, and of ratios to the original's in the same round, with quartiles.
 *
 * @param {Contest} contest
 */
function measured({ shape, forms }) {
  const x = tf.randomUniform(shape, 0, 1, 'float32', 1);
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(forms).map((name) => [name, []]));
  // The first two rounds are not counted.
  for (let round = -2; round < rounds; round++)
    for (const [name, form] of Object.entries(forms)) {
      const begin = performance.now();
      const y = tf.tidy(() => form.predict(x));
      y.dataSync();
      if (round >= 0) samples[name]?.push(performance.now() - begin);
      y.dispose();
    }
  x.dispose();
  const { original = [] } = samples;
  return Object.fromEntries(
    Object.entries(samples).map(([name, times]) => [
      name,
      { ms: spread(times), ratio: spread(times.map((time, i) => time / /** @type {number} */ (original[i]))) },
    ]),
  );
}

/** @type {Record<string, ReturnType<typeof measured>>} */
const networks = {};
const [load1 = NaN] = loadavg();
for (const [name, contest] of Object.entries(contests)) {
  networks[name] = measured(await contest());
  console.log(`\n${name}: ms, and as a multiple of the original`);
  for (const [form, { ms, ratio }] of Object.entries(networks[name] ?? {}))
    console.log(`  ${form.padEnd(11)} ${ms[0]} (${ms[1]}-${ms[2]})   ${ratio[0]} (${ratio[1]}-${ratio[2]})`);
}
const record = {
  command: `node tools/bench/inference.mjs --backend ${backend} --rounds ${rounds}`,
  commit: execFileSync('git', ['rev-parse', 'HEAD'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  }).trim(),
  backend,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  load: load1,
  versions: { node: process.version, tfjs: packageRequire('@tensorflow/tfjs/package.json').version },
  beta: BETA,
  rounds,
  networks,
};
writeFileSync(new URL(`results/inference-${backend}.json`, import.meta.url), `${JSON.stringify(record, null, 1)}\n`);
