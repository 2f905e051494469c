// @ts-check
// Benchmarks loading weights: reading a file of 100 MB, parsing it, filling a model of it, and the memory at the peak.
// A record in tools/bench/results/. The packages must be built.
//
//     node tools/bench/loading/weights.mjs [--rounds 25]
//
// Eleven convolutions of 512 to 512 channels, 3 x 3, float32, on the cpu backend; the file is in the system's cache.
// Times are the processor's, all threads of the process together, so that other programs do not count. The memory is
// that of a process that builds the model, reads and fills it once: the peak of its resident memory, less what is
// resident when only the filled model is left, over the file's size; from Linux's /proc.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { spread } from '../measure/measureActivation.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '25' }, once: { type: 'string' } },
});
const packageRequire = createRequire(new URL('../../../packages/ct-models/package.json', import.meta.url));
const { default: tf } = await import(pathToFileURL(packageRequire.resolve('@tensorflow/tfjs')).href);
const { loadTorchWeights } = await import('../../../packages/ct-models/dist/index.js');
const { parseSafetensors, serializeSafetensors } = await import('../../../packages/ct-safetensors/dist/index.js');
await tf.setBackend('cpu');
const [LAYERS, WIDTH] = [11, 512];

function build() {
  const model = tf.sequential();
  for (let i = 0; i < LAYERS; i++) {
    const shape = i === 0 ? { inputShape: [4, 4, WIDTH] } : {};
    model.add(
      tf.layers.conv2d({
        name: `c${i}`,
        filters: WIDTH,
        kernelSize: 3,
        kernelInitializer: 'zeros',
        padding: 'same',
        ...shape,
      }),
    );
  }
  return model;
}

/** Milliseconds of the processor so far. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

if (options.once !== undefined) {
  const model = build();
  loadTorchWeights(model, parseSafetensors(readFileSync(options.once)).tensors);
  // Not resourceUsage().maxRSS, in which a process begins with what its parent had.
  const peak = 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  // The file's buffer is let go in a later turn.
  for (let i = 0; i < 5; i++) await setTimeout(50, /** @type {any} */ (globalThis).gc());
  // Not as a number, which console.log may colour.
  console.log(String(peak - process.memoryUsage.rss()));
  model.dispose();
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), 'weights-'));
const path = join(folder, 'x.safetensors');
const kernel = Float32Array.from({ length: WIDTH * WIDTH * 9 }, (_, i) => i % 97);
writeFileSync(
  path,
  serializeSafetensors(
    Array.from({ length: LAYERS }, (_, i) => i).flatMap((i) => [
      [`c${i}.weight`, { dtype: 'F32', shape: [WIDTH, WIDTH, 3, 3], data: kernel }],
      [`c${i}.bias`, { dtype: 'F32', shape: [WIDTH], data: new Float32Array(WIDTH) }],
    ]),
  ),
);
const model = build();
/** @type {Record<'parsing over reading' | 'filling over reading', number[]>} */
const ratios = { 'parsing over reading': [], 'filling over reading': [] };
for (let i = 0; i <= Number(options.rounds); i++) {
  const begun = processorTime();
  const bytes = readFileSync(path);
  const read = processorTime();
  const { tensors } = parseSafetensors(bytes);
  const parsed = processorTime();
  loadTorchWeights(model, tensors);
  const filled = processorTime();
  // The first round warms up.
  if (i === 0) continue;
  ratios['parsing over reading'].push((parsed - begun) / (read - begun));
  ratios['filling over reading'].push((filled - begun) / (read - begun));
}
const bytes = readFileSync(path).length;
const args = ['--expose-gc', fileURLToPath(import.meta.url), '--once', path];
const peak = Number(
  execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split('\n')
    .at(-1),
);
rmSync(folder, { recursive: true });
if (!(peak > 0)) throw new Error(`--once was to print bytes, got ${peak}; it needs /proc/self/status, of Linux`);
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const record = {
  command: 'node tools/bench/loading/weights.mjs',
  commit,
  machine: `${cpus()[0]?.model} × ${cpus().length}`,
  node: process.version,
  bytes,
  rounds: Number(options.rounds),
  loadAverage: Number(loadavg()[0]?.toFixed(1)),
  ratios: Object.fromEntries(Object.entries(ratios).map(([name, list]) => [name, spread(list)])),
  peakOverFile: peak / bytes,
};
writeFileSync(new URL('../results/weights.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
console.log(record);
