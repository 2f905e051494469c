// @ts-check
// Benchmarks a forward pass of ResNet-50, batch 8 at 224 × 224, on tensorflow against PyTorch on the same processor, a
// process beside that runs in turns with this one. A record in tools/bench/results/. The packages must be built, and
// tensorflow needs `npx ct-node setup`.
//
//     node tools/bench/networks/resnet50.mjs [--rounds 15] [--python /usr/bin/python3]
//
// Both have a thread a core, and oneDNN, which PyTorch leaves for slow loops of its own where it has but one thread.
// Its images are as it has them by default, and with channels last, as tfjs has them. Passes are timed by the clock,
// and in time of the processor, all threads together, which other programs hardly change. PyTorch's threads wait
// without spinning, which would count, and take the processor from whoever is waited for. Turns begin after a pause,
// for threads of the other may spin.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spread } from '../measure/measureActivation.mjs';
import { answerRequests, startPeer } from '../peer.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    python: { type: 'string', default: '/usr/bin/python3' },
    serve: { type: 'boolean', default: false },
  },
});
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
// Off by default on processors without AVX-512.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';

await (options.serve ? serve() : main());

async function main() {
  const { ours, pytorch } = await startPair();
  /** @type {Record<'wall' | 'processor', Record<'tensorflow' | 'pytorch' | 'channelsLast', number[]>>} */
  const samples = {
    wall: { tensorflow: [], pytorch: [], channelsLast: [] },
    processor: { tensorflow: [], pytorch: [], channelsLast: [] },
  };
  // Two rounds warm up.
  for (let round = -2; round < Number(options.rounds); round++) {
    for (const clock of /** @type {const} */ (['wall', 'processor'])) {
      const milliseconds = {
        tensorflow: await ours.time(clock),
        pytorch: await pytorch.time(clock),
        channelsLast: await pytorch.time(`${clock} channels_last`),
      };
      if (round < 0) continue;
      for (const who of /** @type {const} */ (['tensorflow', 'pytorch', 'channelsLast']))
        samples[clock][who].push(milliseconds[who]);
    }
  }
  const record = {
    command: 'node tools/bench/networks/resnet50.mjs',
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: `${cpus()[0]?.model} × ${cpus().length}`,
    versions: { node: process.version, tfjs: JSON.parse(ours.greeting).tfjs, ...JSON.parse(pytorch.greeting) },
    rounds: Number(options.rounds),
    loadAverage: Number(loadavg()[0]?.toFixed(1)),
    wall: summary(samples.wall),
    processor: summary(samples.processor),
  };
  for (const peer of [ours, pytorch]) peer.end();
  writeFileSync(new URL('../results/resnet50.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  console.log(record);
}

/**
 * Times, and ratios of passes that followed each other.
 *
 * @param {Record<'tensorflow' | 'pytorch' | 'channelsLast', number[]>} samples
 */
function summary({ tensorflow, pytorch, channelsLast }) {
  const over = (/** @type {number[]} */ theirs) =>
    spread(tensorflow.map((value, i) => value / /** @type {number} */ (theirs[i])));
  return {
    milliseconds: { tensorflow: spread(tensorflow), pytorch: spread(pytorch), channelsLast: spread(channelsLast) },
    ratio: { pytorch: over(pytorch), channelsLast: over(channelsLast) },
  };
}

/** A process for each, for tfjs-node takes the process over. */
async function startPair() {
  const ours = await startPeer(process.execPath, [fileURLToPath(import.meta.url), '--serve']);
  const script = fileURLToPath(new URL('resnet50.py', import.meta.url));
  const waiting = { OMP_WAIT_POLICY: 'PASSIVE', GOMP_SPINCOUNT: '0' };
  return { ours, pytorch: await startPeer(options.python, [script], waiting) };
}

async function serve() {
  const packageRequire = createRequire(new URL('../../../packages/ct-cli/package.json', import.meta.url));
  /**
   * @param {string} name
   * @returns {Promise<any>}
   */
  const load = (name) => import(pathToFileURL(packageRequire.resolve(name)).href);
  const { default: tf } = await load('@tensorflow/tfjs');
  await load('@tensorflow/tfjs-node');
  await tf.setBackend('tensorflow');
  const { resnet50 } = await import('../../../packages/ct-models/dist/index.js');
  const model = resnet50({ seed: 1 });
  const images = tf.randomNormal([8, 224, 224, 3]);
  await answerRequests(JSON.stringify({ tfjs: tf.version_core ?? tf.version.tfjs }), (clock) => {
    const now = clock === 'wall' ? () => performance.now() : processorTime;
    const begin = now();
    tf.tidy(() => tf.sum(model.predict(images)).dataSync());
    return now() - begin;
  });
}

/** Milliseconds that the threads of this process have run. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
