// Benchmarks one training step of T-CT against full fine-tuning and against the head alone, in the same loop on the
// same kernels, and S-CT's grid against the loop that takes no short cut; interleaved in one process, PyTorch's steps
// (where /usr/bin/python3 or $CT_PYTHON has torch) between the rounds. Tables, and a record in tools/bench/results/.
// PyTorch has one thread beside wasm and two beside the others. The packages must be built.
//
//     node tools/bench/tuning.mjs [--backend wasm|cpu|tensorflow|webgl|webgpu] [--networks resnet14,resnet18]
//       [--rounds 5] [--no-grid]
//
// ResNet-14 at 28 x 28, batch 32; ResNet-18 at 224 x 224, batch 8, random weights. A step of ResNet-18 takes the cpu
// backend minutes: leave it to the others. webgl and webgpu run in headless Chromium on SwiftShader, without PyTorch
// beside them and without the grid.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureSteps, networks } from './measure/measureTuning.mjs';
import { origin, startTraining, torchSteps } from './measure/trainingHere.mjs';
import { runInPage } from './runInPage.mjs';

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    backend: { type: 'string', default: 'wasm' },
    networks: { type: 'string', default: 'resnet14,resnet18' },
    rounds: { type: 'string', default: '5' },
    grid: { type: 'boolean', default: true },
  },
});
const { backend } = options;
const rounds = Number(options.rounds);

const isInPage = backend === 'webgl' || backend === 'webgpu';
const modules = isInPage ? undefined : await startTraining(backend);

/** @typedef {[median: number, lowest: number, highest: number]} Range */
/** @typedef {Record<string, { ms: Range, peakBytes: number | null, programs?: number }>} Steps By method. */
/** @typedef {Record<string, { seconds: Range, beta: number | null }>} Grid By search. */

/** @type {Record<string, Steps>} */
const steps = {};
const record = {
  command:
    `node tools/bench/tuning.mjs --backend ${backend} --networks ${options.networks} --rounds ` +
    `${rounds}${options.grid ? '' : ' --no-grid'}`,
  ...origin(),
  backend,
  load: loadavg()[0],
  steps,
};
for (const name of options.networks.split(',').filter((n) => n !== '')) steps[name] = await measureNetwork(name);
const grid = options.grid && modules !== undefined ? await measureGrid(modules) : undefined;
const folder = fileURLToPath(new URL('results', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/tuning-${backend}.json`, `${JSON.stringify({ ...record, grid }, null, 1)}\n`);

/**
 * @param {string} name
 * @returns {Promise<Steps>}
 */
async function measureNetwork(name) {
  const { shape, batch } = networks[name];
  const measure = fileURLToPath(new URL('measure/measureTuning.mjs', import.meta.url));
  const inPage = `
    import * as tf from '@tensorflow/tfjs';
    import '@tensorflow/tfjs-backend-${backend}';
    import '@curvature-tuning/activation/${backend}';
    import { tune } from '@curvature-tuning/layers';
    import { copyModel } from '@curvature-tuning/layers/model';
    import { fitClassifier } from '@curvature-tuning/layers/training';
    import * as models from '@curvature-tuning/models';
    import { measureSteps } from ${JSON.stringify(measure)};
    export async function run({ name, rounds }) {
      tf.enableProdMode();
      if (!(await tf.setBackend('${backend}'))) throw new Error('the backend does not start');
      return measureSteps({ tf, layers: { copyModel, fitClassifier, tune }, models }, name, rounds);
    }
  `;
  /** @type {Record<string, number[]>} */
  const torch = {};
  const besideTorch = () =>
    Object.entries(torchSteps(backend, name, batch)).forEach(([method, times]) =>
      (torch[`PyTorch: ${method}`] ??= []).push(...times),
    );
  /** @type {Awaited<ReturnType<typeof measureSteps>>} */
  const { samples, peaks, programs } =
    modules === undefined
      ? await runInPage(fileURLToPath(new URL('../../packages/ct-layers', import.meta.url)), inPage, { name, rounds })
      : await measureSteps(modules, name, rounds, besideTorch);
  const result = Object.fromEntries(
    Object.entries({ ...samples, ...torch }).map(([method, times]) => [
      method,
      { ms: spread(times), peakBytes: peaks[method] ?? null, programs: programs[method] },
    ]),
  );
  console.log(
    `\n${name}, batch ${batch} at ${shape.join(' x ')}, on ${backend}: ms a step (median, lowest, ` +
      'highest), peak MB over the network, programs a step on a card',
  );
  for (const [method, { ms, peakBytes, programs }] of Object.entries(result))
    console.log(
      `  ${method.padEnd(34)} ${ms.map((t) => t.toFixed(1).padStart(8)).join(' ')} ` +
        `${peakBytes === null ? '' : (peakBytes / 1e6).toFixed(0).padStart(8)} ${programs ?? ''}`,
    );
  return result;
}

/**
 * @param {NonNullable<typeof modules>} modules
 * @returns {Promise<Grid>}
 */
async function measureGrid({ layers, models }) {
  const { linearProbe, replaceActivations, steer } = layers;
  const { loadPretrained } = models;
  const { loadDataset, toBatch } = await import('../../packages/ct-datasets/dist/index.js');
  const model = await loadPretrained('resnet14.mnist');
  const digits = await loadDataset('digits');
  const [train, validation] = [digits.train, digits.validation].map((set) => toBatch(set, digits));
  const betas = Array.from({ length: 30 }, (_, i) => (70 + i) / 100);
  /** @type {Record<string, () => Promise<number | null>>} */
  const runs = {
    'the naive loop': async () => {
      let best = { beta: NaN, accuracy: -1 };
      for (const beta of betas) {
        const { model: steered } = replaceActivations(model, { beta });
        const { validationAccuracy, dispose } = await linearProbe(steered, train, validation);
        dispose();
        steered.dispose();
        if (validationAccuracy > best.accuracy) best = { beta, accuracy: validationAccuracy };
      }
      return best.beta;
    },
    steer: async () => {
      const { beta, dispose } = await steer(model, train, validation, { betas, calibrate: false });
      dispose();
      return beta;
    },
    "steer, search: 'golden'": async () => {
      const { beta, dispose } = await steer(model, train, validation, { betas, calibrate: false, search: 'golden' });
      dispose();
      return beta;
    },
  };
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  /** @type {Record<string, number | null>} */
  const chosen = {};
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const [name, run] of Object.entries(runs)) {
      const begin = performance.now();
      chosen[name] = await run();
      samples[name].push((performance.now() - begin) / 1000);
    }
  }
  const result = Object.fromEntries(
    Object.entries(samples).map(([name, seconds]) => [name, { seconds: spread(seconds), beta: chosen[name] }]),
  );
  console.log(`\nS-CT, 30 betas, digits, on ${backend}: seconds (median, lowest, highest), chosen beta`);
  for (const [name, { seconds, beta }] of Object.entries(result))
    console.log(`  ${name.padEnd(34)} ${seconds.map((t) => t.toFixed(1).padStart(8)).join(' ')}   ${beta}`);
  return result;
}

/**
 * @param {number[]} values
 * @returns {Range}
 */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted[sorted.length - 1]];
}
