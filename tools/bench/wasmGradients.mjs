// Benchmarks training on tfjs's WASM backend with the kernels of ct-wasm-gradients, against those of tfjs alone and
// against its cpu backend, interleaved in one process; tables, and a record in tools/bench/results/. The packages must
// be built.
//
//     node tools/bench/wasmGradients.mjs [--rounds 15] [--cpu-rounds 1]
//
// A fine-tuning step takes the cpu backend one to two minutes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spread } from './measure/measureActivation.mjs';
import { convolutions, trainingSteps } from './measure/measureWasmGradients.mjs';

/** @typedef {import('./measure/measureActivation.mjs').Spread} Spread */
/** @typedef {import('./measure/measureWasmGradients.mjs').Kernels} Kernels */
/** @typedef {Record<string, number[]>} Samples Milliseconds, by run. */

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, 'cpu-rounds': { type: 'string', default: '1' } },
});
const [rounds, cpuRounds] = [Number(options.rounds), Number(options['cpu-rounds'])];

// tfjs is a dependency of the packages, not of the workspace.
const packageRequire = createRequire(new URL('../../packages/ct-wasm-gradients/package.json', import.meta.url));
const load = (/** @type {string} */ name) => import(pathToFileURL(packageRequire.resolve(name)).href);
const { default: tf } = await load('@tensorflow/tfjs');
await load('@tensorflow/tfjs-backend-wasm');
tf.enableProdMode();
await tf.setBackend('cpu');
await tf.setBackend('wasm');

// What is registered for wasm, before and after our packages: one process can then run both.
const registered = () => {
  /** @type {{ kernelName: string }[]} */
  const configs = tf.getKernelsForBackend('wasm');
  return new Map(configs.map((config) => [config.kernelName, config]));
};
const stock = registered();
await import('../../packages/ct-activation/dist/kernels/wasm.js');
const fused = registered();
await import('../../packages/ct-wasm-gradients/dist/index.js');
const ours = registered();
/**
 * Makes the wasm backend run exactly these kernels.
 *
 * @param {Kernels} kernels
 */
function useKernels(kernels) {
  for (const name of registered().keys()) tf.unregisterKernel(name, 'wasm');
  for (const config of kernels.values()) tf.registerKernel(config);
}

const kernels = await measureConvolutions();
const steps = await measureSteps();
const record = {
  command: `node tools/bench/wasmGradients.mjs --rounds ${rounds} --cpu-rounds ${cpuRounds}`,
  commit: execFileSync('git', ['rev-parse', 'HEAD'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  }).trim(),
  machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
  versions: { node: process.version, tfjs: packageRequire('@tensorflow/tfjs-core/package.json').version },
  rounds,
  cpuRounds,
  kernels,
  steps,
};
const folder = fileURLToPath(new URL('results', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/wasm-gradients.json`, `${JSON.stringify(record, null, 1)}\n`);

async function measureConvolutions() {
  const results = [];
  for (const { name, runs, dispose } of convolutions(tf, { stock, ours, useKernels })) {
    const samples = interleave(runs, rounds);
    dispose();
    const ratios = Object.fromEntries(
      Object.keys(runs)
        .filter((run) => run !== 'forward')
        .map((run) => [`${run} / forward`, quotients(samples[run], samples.forward)]),
    );
    results.push({ name, milliseconds: medians(samples), ratios });
    console.log(name);
    show(medians(samples), ratios);
  }
  return results;
}

/** The forms of each training step that can run, and the ratios that the forms are compared by. */
async function measureSteps() {
  const results = [];
  for (const { name, forms, ratios: wanted } of await trainingSteps(tf, { stock, fused, ours, useKernels })) {
    /** @type {Samples} */
    const samples = {};
    for (const form of Object.keys(forms)) samples[form] = [];
    for (let round = -2; round < rounds; round++) {
      for (const [form, run] of Object.entries(forms)) {
        const isCpu = form === 'cpu backend';
        if (isCpu && (round < 0 || round >= cpuRounds)) continue;
        await run.prepare();
        const start = performance.now();
        run.step();
        if (round >= 0) samples[form].push(performance.now() - start);
      }
    }
    const ratios = Object.fromEntries(wanted.map(([a, b]) => [`${a} / ${b}`, quotients(samples[a], samples[b])]));
    results.push({ name, milliseconds: medians(samples), ratios });
    console.log(name);
    show(medians(samples), ratios);
  }
  return results;
}

/**
 * @param {Record<string, () => void>} runs
 * @param {number} count
 */
function interleave(runs, count) {
  /** @type {Samples} */
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = -2; round < count; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = performance.now();
      run();
      if (round >= 0) samples[name].push(performance.now() - start);
    }
  }
  return samples;
}

/**
 * Within a round, so that both have met the same machine.
 *
 * @param {number[]} a
 * @param {number[]} b
 */
function quotients(a, b) {
  return spread(a.slice(0, b.length).map((value, i) => value / b[i]));
}

/** @param {Samples} samples */
function medians(samples) {
  return Object.fromEntries(Object.entries(samples).map(([name, times]) => [name, spread(times)]));
}

/**
 * @param {Record<string, Spread>} milliseconds
 * @param {Record<string, Spread>} ratios
 */
function show(milliseconds, ratios) {
  const row = (/** @type {Spread} */ [median, low, high]) => ({ median, quartiles: `${low} - ${high}` });
  console.table(
    Object.fromEntries(
      [...Object.entries(milliseconds), ...Object.entries(ratios)].map(([name, values]) => [name, row(values)]),
    ),
  );
}
