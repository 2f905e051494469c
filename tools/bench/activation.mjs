// Times the fused activation kernels in Node against the literal formula composed of stock tfjs ops, and against ReLU:
// a table, then a JSON record. The package must be built.
//
//     node tools/bench/activation.mjs [--backend cpu|wasm] [--shape 8,56,56,64]... [--rounds 15] [--no-simd]
//
// All runs are interleaved in one process. Times are medians with quartiles, ratios medians of the quotients within
// a round. `--no-simd` makes tfjs and our kernels take their scalar builds.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    shape: { type: 'string', multiple: true, default: ['8,56,56,64'] },
    rounds: { type: 'string', default: '15' },
    'no-simd': { type: 'boolean', default: false },
  },
});
if (!['cpu', 'wasm'].includes(options.backend)) throw new Error(`activation: --backend must be cpu or wasm, got ${options.backend}`);
const rounds = Number(options.rounds);

// tfjs is a dependency of the package, not of the workspace.
const packageRequire = createRequire(new URL('../../packages/ct-activation/package.json', import.meta.url));
const load = (name) => import(pathToFileURL(packageRequire.resolve(name)).href);
if (options['no-simd']) globalThis.WebAssembly.validate = () => false;
const { default: tf } = await load('@tensorflow/tfjs');
await load('@tensorflow/tfjs-backend-wasm');
const { ctu, ctuKernels } = await import('../../packages/ct-activation/dist/index.js');
const entry = await import(`../../packages/ct-activation/dist/kernels/${options.backend}.js`);
await tf.setBackend(options.backend);
if (ctuKernels()[options.backend] !== 'fused') throw new Error(`activation: no fused kernels for ${options.backend}`);

const results = options.shape.map((shape) => measure(shape.split(',').map(Number)));
for (const { shape, milliseconds, ratios } of results) {
  console.log(`\n[${shape.join(', ')}] on ${options.backend}; milliseconds: median (quartiles)`);
  console.table(Object.fromEntries(Object.entries(milliseconds).map(([name, [median, low, high]]) => [name, { median, quartiles: `${low} - ${high}` }])));
  console.table(ratios);
}
const record = {
  command: ['node tools/bench/activation.mjs', ...process.argv.slice(2)].join(' '),
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
  backend: options.backend,
  ...(entry.wasmKernels && { kernels: entry.wasmKernels() }),
  machine: `${cpus()[0].model}, ${cpus().length} cores`,
  versions: { node: process.versions.node, v8: process.versions.v8, tfjs: tf.version_core },
  rounds,
  results,
};
console.log(JSON.stringify(record));

function measure(shape) {
  const [x, dy] = [tf.randomNormal(shape, 0, 1, 'float32', 1), tf.randomNormal(shape, 0, 1, 'float32', 2)];
  const channels = shape.slice(-1);
  const parameters = {
    'per channel': [tf.randomUniform(channels, 0.1, 0.9, 'float32', 3), tf.randomUniform(channels, 0.1, 0.9, 'float32', 4)],
    scalar: [tf.scalar(0.7), tf.scalar(0.5)],
  };
  const all = (f, [beta, c]) => tf.grads((x, beta, c) => f(x, beta, c))([x, beta, c], dy);
  const runs = {
    'relu forward': () => tf.relu(x),
    'relu forward+backward': () => tf.grad((x) => tf.relu(x))(x, dy),
  };
  for (const [form, p] of Object.entries(parameters)) {
    for (const [name, f] of Object.entries({ fused: ctu, composed })) {
      runs[`${name} forward, ${form}`] = () => f(x, ...p);
      runs[`${name} forward+backward, ${form}`] = () => all(f, p);
      runs[`${name} forward+backward in x, ${form}`] = () => tf.grad((x) => f(x, ...p))(x, dy);
    }
  }

  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = -3; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = performance.now();
      tf.tidy(() => void run());
      if (round >= 0) samples[name].push(performance.now() - start);
    }
  }
  tf.dispose([x, dy, parameters]);

  const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.round(q * (values.length - 1))];
  const ratio = (a, b) => round2(quantile(samples[a].map((t, i) => t / samples[b][i]), 0.5));
  const ratios = {};
  for (const form of Object.keys(parameters)) {
    for (const what of ['forward', 'forward+backward', 'forward+backward in x']) {
      ratios[`${what}, ${form}`] = {
        'composed/fused': ratio(`composed ${what}, ${form}`, `fused ${what}, ${form}`),
        'fused/relu': ratio(`fused ${what}, ${form}`, `relu ${what.replace(' in x', '')}`),
      };
    }
  }
  const milliseconds = Object.fromEntries(Object.entries(samples).map(([name, times]) => [name, [0.5, 0.25, 0.75].map((q) => round2(quantile(times, q)))]));
  return { shape, milliseconds, ratios };
}

/** The formula as the paper writes it. */
function composed(x, beta, c) {
  const s = tf.add(tf.sub(1, beta), 1e-6);
  const silu = tf.mul(tf.mul(c, tf.sigmoid(tf.div(tf.mul(beta, x), s))), x);
  return tf.add(silu, tf.mul(tf.sub(1, c), tf.mul(tf.softplus(tf.div(x, s)), s)));
}

function round2(value) {
  return Math.round(100 * value) / 100;
}
