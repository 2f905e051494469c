// @ts-check
// Benchmarks a forward pass of ResNet-50, batch 8 at 224 × 224, on tensorflow against PyTorch on the same processor, a
// process beside that runs in turns with this one. A record in tools/bench/results/. The packages must be built, and
// tensorflow needs `npx ct-node setup`.
//
//     node tools/bench/networks/resnet50.mjs [--rounds 15] [--python /usr/bin/python3]
//
// Both have a thread a core, and oneDNN; turns begin after a pause, for threads of the other spin.
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
  // A process for each, for tfjs-node takes the process over.
  const ours = await startPeer(process.execPath, [fileURLToPath(import.meta.url), '--serve']);
  const pytorch = await startPeer(options.python, [fileURLToPath(new URL('resnet50.py', import.meta.url))]);
  /** @type {Record<'tensorflow' | 'pytorch', number[]>} */
  const samples = { tensorflow: [], pytorch: [] };
  // Two rounds warm up.
  for (let round = -2; round < Number(options.rounds); round++) {
    const [a, b] = [await ours.time('forward'), await pytorch.time('forward')];
    if (round < 0) continue;
    samples.tensorflow.push(a);
    samples.pytorch.push(b);
  }
  const record = {
    command: 'node tools/bench/networks/resnet50.mjs',
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
    machine: `${cpus()[0]?.model} × ${cpus().length}`,
    versions: { node: process.version, tfjs: JSON.parse(ours.greeting).tfjs, ...JSON.parse(pytorch.greeting) },
    rounds: Number(options.rounds),
    loadAverage: Number(loadavg()[0]?.toFixed(1)),
    milliseconds: { tensorflow: spread(samples.tensorflow), pytorch: spread(samples.pytorch) },
    ratio: spread(samples.tensorflow.map((value, i) => value / /** @type {number} */ (samples.pytorch[i]))),
  };
  for (const peer of [ours, pytorch]) peer.end();
  writeFileSync(new URL('../results/resnet50.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
  console.log(record);
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
  await answerRequests(JSON.stringify({ tfjs: tf.version_core ?? tf.version.tfjs }), () => {
    const begin = performance.now();
    tf.tidy(() => tf.sum(model.predict(images)).dataSync());
    return performance.now() - begin;
  });
}
