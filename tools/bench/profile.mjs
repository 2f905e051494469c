// Says where the time of a training step goes: milliseconds by class of kernel, and outside all kernels, in the steps
// that tuning.mjs times, and PyTorch's whole step beside them. Writes tools/bench/results/profile-BACKEND.json; the
// packages must be built, and tensorflow needs `npx ct-node setup`.
//
//     node tools/bench/profile.mjs [--backend wasm|tensorflow] [--networks resnet14,resnet18] [--rounds 5]
//
// Each kernel of the backend is timed by itself, without those that it calls; both backends return when they are done.
// The clock is read twice a kernel, which makes steps of many kernels some percent longer than tuning.mjs has them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { networks, trainingOf } from './measure/measureTuning.mjs';
import { origin, startTraining, torchSteps } from './measure/trainingHere.mjs';

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    networks: { type: 'string', default: 'resnet14,resnet18' },
    rounds: { type: 'string', default: '5' },
  },
});
const { backend } = options;
const rounds = Number(options.rounds);

/** @typedef {{ ms: number, calls: number }} Share Medians of a step. */
/** @typedef {{ step: number, pytorch: number | null, shares: Record<string, Share> }} Profile */

/** Classes of kernels by their names, the first that fits. */
const CLASSES = /** @type {[string, RegExp][]} */ ([
  ['convolutions, forward', /^(Fused)?(Depthwise)?Conv2[dD](Native)?$|^FusedDepthwiseConv2D$/],
  ['convolutions, gradient of x', /BackpropInput$/],
  ['convolutions, gradient of filters', /BackpropFilter$/],
  ['batch normalisation, units', /^(NormalizeBatch|Ctu)/],
  ['relu', /^(Relu|Step$)/],
  ['pooling, padding', /Pool|^PadV2$|^Slice$|^Mean$/],
  ['Adam', /^Adam/],
  ['sums, products', /^(Add|AddN|Multiply|Sub|Sum)$/],
  ['moving and copying', /^(Reshape|Concat|SplitV|Pack|Unpack|Transpose|Cast|Identity|Tile|Fill)$/],
]);
const OTHERS = 'other kernels';
const OUTSIDE = 'outside kernels';

const load = loadavg()[0];
const modules = await startTraining(backend);
const clock = timeKernels();
/** @type {Record<string, Record<string, Profile>>} */
const profiles = {};
for (const name of options.networks.split(',')) {
  profiles[name] = await profileNetwork(name);
  show(name, profiles[name]);
}
const record = {
  command: `node tools/bench/profile.mjs --backend ${backend} --networks ${options.networks} --rounds ${rounds}`,
  ...origin(),
  backend,
  load,
  rounds,
  profiles,
};
const folder = fileURLToPath(new URL('results', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/profile-${backend}.json`, `${JSON.stringify(record, null, 1)}\n`);

/** Puts a clock around every kernel of the backend, and gives what it has shown since it was last asked. */
function timeKernels() {
  const { tf } = modules;
  /** @type {Map<string, Share>} */
  let shown = new Map();
  /** Milliseconds in the kernels that the one at work has called. */
  let inner = 0;
  for (const kernel of tf.getKernelsForBackend(backend)) {
    const { kernelName, kernelFunc } = kernel;
    const name = CLASSES.find(([, pattern]) => pattern.test(kernelName))?.[0] ?? OTHERS;
    tf.unregisterKernel(kernelName, backend);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (/** @type {unknown} */ call) => {
        const before = inner;
        inner = 0;
        const begin = performance.now();
        try {
          return kernelFunc(call);
        } finally {
          const all = performance.now() - begin;
          const share = shown.get(name) ?? { ms: 0, calls: 0 };
          shown.set(name, { ms: share.ms + all - inner, calls: share.calls + 1 });
          inner = before + all;
        }
      },
    });
  }
  return () => {
    const all = shown;
    shown = new Map();
    return all;
  };
}

/**
 * @param {string} name
 * @returns {Promise<Record<string, Profile>>} By method.
 */
async function profileNetwork(name) {
  const { model, methods, dispose } = trainingOf(modules, name);
  /** @type {Record<string, Record<string, Share[]>>} */
  const shares = {};
  /** @type {Record<string, number[]>} */
  const times = {};
  for (let round = 0; round < rounds; round++) {
    for (const [method, run] of Object.entries(methods)) {
      let [begin, steps] = [0, 0];
      const callbacks = {
        onBatchBegin: () => {
          clock();
          begin = performance.now();
        },
        onBatchEnd: () => {
          const step = performance.now() - begin;
          const found = clock();
          // The first step of a run allocates.
          if (steps++ === 0) return;
          const inKernels = [...found.values()].reduce((sum, { ms }) => sum + ms, 0);
          found.set(OUTSIDE, { ms: step - inKernels, calls: 0 });
          (times[method] ??= []).push(step);
          for (const [part, share] of found) ((shares[method] ??= {})[part] ??= []).push(share);
        },
      };
      (await run(model, callbacks)).dispose();
    }
    for (const [method, torch] of Object.entries(torchSteps(backend, name, networks[name].batch)))
      (times[`PyTorch: ${method}`] ??= []).push(...torch);
  }
  dispose();
  return Object.fromEntries(
    Object.keys(methods).map((method) => [
      method,
      {
        step: median(times[method]),
        pytorch: times[`PyTorch: ${method}`] ? median(times[`PyTorch: ${method}`]) : null,
        shares: Object.fromEntries(
          [...CLASSES.map(([part]) => part), OTHERS, OUTSIDE]
            .filter((part) => shares[method][part] !== undefined)
            .map((part) => [
              part,
              {
                ms: median(shares[method][part].map(({ ms }) => ms)),
                calls: median(shares[method][part].map(({ calls }) => calls)),
              },
            ]),
        ),
      },
    ]),
  );
}

/**
 * @param {string} name
 * @param {Record<string, Profile>} profile
 */
function show(name, profile) {
  for (const [method, { step, pytorch, shares }] of Object.entries(profile)) {
    console.log(`\n${name} on ${backend}, ${method}: ${step} ms a step, PyTorch ${pytorch}`);
    console.table(shares);
  }
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(sorted[Math.floor(sorted.length / 2)].toFixed(2));
}
