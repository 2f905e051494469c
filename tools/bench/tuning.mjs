// Benchmarks one training step of T-CT against full fine-tuning and against the head alone, in the same loop on the same
// kernels, and S-CT's grid against the loop that takes no short cut; interleaved in one process, PyTorch's steps (where
// /usr/bin/python3 or $CT_PYTHON has torch) between the rounds. Tables, and a record in tools/bench/results/. The
// packages must be built.
//
//     node tools/bench/tuning.mjs [--backend wasm|cpu|tensorflow] [--networks resnet14,resnet18] [--rounds 5] [--no-grid]
//
// ResNet-14 at 28 x 28, batch 32; ResNet-18 at 224 x 224, batch 8, random weights. A step of ResNet-18 takes the cpu
// backend minutes: leave it to the others.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  allowNegative: true,
  options: { backend: { type: 'string', default: 'wasm' }, networks: { type: 'string', default: 'resnet14,resnet18' }, rounds: { type: 'string', default: '5' }, grid: { type: 'boolean', default: true } },
});
const { backend } = options;
const rounds = Number(options.rounds);

// tfjs is a dependency of the packages, not of the workspace.
const packageRequire = createRequire(new URL('../../packages/ct-cli/package.json', import.meta.url));
const load = (name) => import(pathToFileURL(packageRequire.resolve(name)).href);
const { default: tf } = await load('@tensorflow/tfjs');
tf.enableProdMode();
if (backend === 'wasm') {
  await load('@tensorflow/tfjs-backend-wasm');
  await import('../../packages/ct-activation/dist/kernels/wasm.js');
  await import('../../packages/ct-wasm-gradients/dist/index.js');
} else if (backend === 'tensorflow') {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Off by default on processors without AVX-512; PyTorch has it on.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  await load('@tensorflow/tfjs-node');
  await import('../../packages/ct-activation-node/dist/index.js');
} else {
  await import('../../packages/ct-activation/dist/kernels/cpu.js');
}
if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
const { fitClassifier, linearProbe, replaceActivations, steer, tune } = await import('../../packages/ct-layers/dist/index.js');
const { copyModel } = await import('../../packages/ct-layers/dist/rebuild.js');
const { loadPretrained, resnet14, resnet18 } = await import('../../packages/ct-models/dist/index.js');

const networks = {
  resnet14: { build: () => resnet14({ inputShape: [28, 28, 1], stemStride: 2, seed: 1 }), shape: [28, 28, 1], batch: 32, steps: 6 },
  resnet18: { build: () => resnet18({ classes: 10, seed: 1 }), shape: [224, 224, 3], batch: 8, steps: 2 },
};
const everything = [{ name: 'all', learningRate: 1e-3, select: ({ name }) => !name.startsWith('moving') }];
const methods = {
  'T-CT': (model, data, callbacks) => tune(model, data, data.few, { ...data.options, callbacks }),
  'full fine-tuning': (model, data, callbacks) => fitClassifier(copyModel(model), data, data.few, { ...data.options, callbacks, weights: everything }),
  'head, batch norm adapts': (model, data, callbacks) => fitClassifier(copyModel(model), data, data.few, { ...data.options, callbacks }),
};

const record = {
  command: `node tools/bench/tuning.mjs --backend ${backend} --networks ${options.networks} --rounds ${rounds}${options.grid ? '' : ' --no-grid'}`,
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' }).trim(),
  backend,
  machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
  load: loadavg()[0],
  versions: { node: process.version, tfjs: tf.version_core },
  steps: {},
};
for (const name of options.networks.split(',').filter((n) => n !== '')) record.steps[name] = await measureSteps(name);
if (options.grid) record.grid = await measureGrid();
const folder = fileURLToPath(new URL('results', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/tuning-${backend}.json`, `${JSON.stringify(record, null, 1)}\n`);

async function measureSteps(name) {
  const { build, shape, batch, steps } = networks[name];
  const model = build();
  const images = tf.randomNormal([batch * steps, ...shape], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(Array.from({ length: batch * steps }, (_, i) => i % 10), 'int32');
  const few = { images: tf.slice(images, 0, 2), labels: tf.slice(labels, 0, 2) };
  const data = { images, labels, few, options: { epochs: 1, batchSize: batch, classes: 10 } };
  const samples = Object.fromEntries([...Object.keys(methods), ...['T-CT', 'full fine-tuning', 'head, batch norm adapts'].map((m) => `PyTorch: ${m}`)].map((m) => [m, []]));
  const peaks = {};
  for (let round = 0; round < rounds; round++) {
    for (const [method, run] of Object.entries(methods)) {
      const times = [];
      let begin = 0;
      const callbacks = { onBatchBegin: () => void (begin = performance.now()), onBatchEnd: () => void times.push(performance.now() - begin) };
      if (round === 0) {
        // Once under the profiler, which slows it down: the peak of a whole run, over what was there before.
        const before = tf.memory().numBytes;
        const { peakBytes } = await tf.profile(async () => (await run(model, data, undefined)).dispose());
        peaks[method] = peakBytes - before;
      }
      (await run(model, data, callbacks)).dispose();
      // The first step allocates.
      samples[method].push(...times.slice(1));
    }
    for (const [method, times] of Object.entries(torchSteps(name, batch))) samples[`PyTorch: ${method}`].push(...times);
  }
  for (const t of [images, labels, few.images, few.labels]) t.dispose();
  model.dispose();
  const result = Object.fromEntries(Object.entries(samples).filter(([, times]) => times.length > 0).map(([method, times]) => [method, { ms: spread(times), peakBytes: peaks[method] ?? null }]));
  console.log(`\n${name}, batch ${batch} at ${shape.join(' x ')}, on ${backend}: ms a step (median, lowest, highest), peak MB over the network`);
  for (const [method, { ms, peakBytes }] of Object.entries(result)) console.log(`  ${method.padEnd(34)} ${ms.map((t) => t.toFixed(1).padStart(8)).join(' ')} ${peakBytes === null ? '' : (peakBytes / 1e6).toFixed(0).padStart(8)}`);
  return result;
}

/** Three steps of each method in PyTorch, after one that is not counted; empty where there is no torch. */
function torchSteps(name, batch) {
  const script = fileURLToPath(new URL('../reference/tuning_steps.py', import.meta.url));
  const { status, stdout } = spawnSync(process.env.CT_PYTHON ?? '/usr/bin/python3', [script, name, String(batch)], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : {};
}

async function measureGrid() {
  const { loadDataset, toBatch } = await import('../../packages/ct-datasets/dist/index.js');
  const model = await loadPretrained('resnet14.mnist');
  const digits = await loadDataset('digits');
  const [train, validation] = [digits.train, digits.validation].map((set) => toBatch(set, digits));
  const betas = Array.from({ length: 30 }, (_, i) => (70 + i) / 100);
  const runs = {
    'the naive loop': async () => {
      let best;
      for (const beta of betas) {
        const { model: steered } = replaceActivations(model, { beta });
        const { validationAccuracy, dispose } = await linearProbe(steered, train, validation);
        dispose();
        steered.dispose();
        if (best === undefined || validationAccuracy > best.accuracy) best = { beta, accuracy: validationAccuracy };
      }
      return best.beta;
    },
    steer: async () => {
      const { beta, dispose } = await steer(model, train, validation, { betas });
      dispose();
      return beta;
    },
    "steer, search: 'golden'": async () => {
      const { beta, dispose } = await steer(model, train, validation, { betas, search: 'golden' });
      dispose();
      return beta;
    },
  };
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  const chosen = {};
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const [name, run] of Object.entries(runs)) {
      const begin = performance.now();
      chosen[name] = await run();
      samples[name].push((performance.now() - begin) / 1000);
    }
  }
  const result = Object.fromEntries(Object.entries(samples).map(([name, seconds]) => [name, { seconds: spread(seconds), beta: chosen[name] }]));
  console.log(`\nS-CT, 30 betas, digits, on ${backend}: seconds (median, lowest, highest), chosen beta`);
  for (const [name, { seconds, beta }] of Object.entries(result)) console.log(`  ${name.padEnd(34)} ${seconds.map((t) => t.toFixed(1).padStart(8)).join(' ')}   ${beta}`);
  return result;
}

/** [median, lowest, highest] */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)];
}
