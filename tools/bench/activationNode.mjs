// Benchmarks the native kernels of tfjs-node and writes tools/bench/results/activation-tensorflow.json. Needs
// `ct-node setup` and the packages built. Three comparisons, each of interleaved runs:
//
//   1. in one process at [32, 56, 56, 64] and others, one beta and one c per channel: fused, ReLU and the frozen
//      literal
//      formula (measure/measureActivation.mjs);
//   2. in turns with PyTorch on the same machine at [32, 64, 56, 56]: the fused op here, the literal formula there;
//   3. one thread against two.
//
//     node tools/bench/activationNode.mjs [--rounds 25] [--python /usr/bin/python3] [--isa avx512|avx2|baseline]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { measureActivation, spread } from './measure/measureActivation.mjs';
import { answerRequests, startPeer } from './peer.mjs';
import { ratioTable } from './ratioTable.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '25' },
    python: { type: 'string', default: '/usr/bin/python3' },
    isa: { type: 'string' },
    serve: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const packageFolder = fileURLToPath(new URL('../../packages/ct-activation-node', import.meta.url));
const packageRequire = createRequire(join(packageFolder, 'package.json'));
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
if (options.isa) process.env.CT_NODE_ISA = options.isa;

/** @typedef {import('./measure/measureActivation.mjs').Measured} Measured */
/** @typedef {import('./measure/measureActivation.mjs').Spread} Spread */
/** @typedef {Awaited<ReturnType<typeof startPeer>>} Peer */
/** @typedef {'forward' | 'forward+backward'} Pass */
/** @typedef {Record<Pass, { milliseconds: Spread[], ratio: Spread }>} Turns Milliseconds of both, and the ratio. */
/** @typedef {{ absent: string } | ({ torch: string, threads: number } & Turns)} BesidePytorch */

/** Runs in a turn. */
const RUNS = 12;

/**
 * glibc gives memory back to the system when more lies free than twice the largest block freed so far, of 32 MB at
 * most. A run of ours that frees 50 MB then finds new pages only, and takes two to ten times as long: so each process
 * begins by freeing one such block, of so many floats.
 */
const BLOCK = 8_000_000;

const self = [fileURLToPath(import.meta.url), '--serve', ...(options.isa ? ['--isa', options.isa] : [])];

if (options.serve) {
  await serve();
} else {
  const { tf, ctu, nodeKernels } = await loadTensorflow();
  const run = {
    command: `node tools/bench/activationNode.mjs ${process.argv.slice(2).join(' ')}`.trim(),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: packageFolder, encoding: 'utf8' }).trim(),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    versions: { node: process.version, tfjs: tf.version_core, tensorflow: nodeKernels().tensorflow },
    isa: nodeKernels().isa,
    // What else the machine was doing: above 0.5 the times are too long, and ratios to memory-bound ops with them.
    loadAverage: Number(loadavg()[0].toFixed(1)),
    backend: 'tensorflow',
    rounds,
  };
  const results = await measureActivation(tf, ctu, {
    shapes: [
      [32, 56, 56, 64],
      [8, 56, 56, 64],
      [32, 14, 14, 16],
      [1, 7, 7, 512],
    ],
    rounds,
  });
  show(results);
  const pytorch = await besidePytorch();
  if ('absent' in pytorch) console.warn(`✗ not compared with PyTorch: ${pytorch.absent}`);
  else console.log('PyTorch composed / fused here, median and quartiles', pytorch);
  const threads = await oneAgainstTwoThreads();
  console.log('one thread / two threads, median and quartiles', threads);
  const folder = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'activation-tensorflow.json'),
    `${JSON.stringify({ ...run, results, pytorch, threads }, null, 1)}\n`,
  );
}

async function loadTensorflow() {
  const tf = packageRequire('@tensorflow/tfjs-node');
  const { nodeKernels } = await import(pathToFileURL(join(packageFolder, 'dist/index.js')).href);
  // As the package itself sees it: one registry of kernels.
  const { ctu, ctuKernels } = await import('../../packages/ct-activation/dist/index.js');
  if (ctuKernels().tensorflow !== 'fused') throw new Error(`activationNode: ${ctuKernels().tensorflow}`);
  tf.zeros([BLOCK]).dispose();
  return { tf, ctu, nodeKernels };
}

/**
 * Answers "forward" and "forward+backward" with the milliseconds of a run: the mean of RUNS after one that is not
 * counted, in which threads that slept through the other process's turn are spread over the cores again.
 */
async function serve() {
  const { tf, ctu } = await loadTensorflow();
  // The channels lie last here and second there; the elements are as many.
  const shape = [32, 56, 56, 64];
  const [x, dy] = [1, 2].map((seed) => tf.randomNormal(shape, 0, 1, 'float32', seed));
  const [beta, coeff] = [3, 4].map((seed) => tf.randomUniform(shape.slice(-1), 0.1, 0.9, 'float32', seed));
  /** @type {Record<string, () => void>} */
  const runs = {
    forward: () => ctu(x, beta, coeff).dispose(),
    'forward+backward': () => tf.dispose(tf.grads(ctu)([x, beta, coeff], dy)),
  };
  await answerRequests('ready', (what) => {
    runs[what]();
    const start = performance.now();
    for (let run = 0; run < RUNS; run++) runs[what]();
    return (performance.now() - start) / RUNS;
  });
}

/**
 * Ratios b / a within rounds, for each pass; two rounds warm up.
 *
 * @param {Peer} a
 * @param {Peer} b
 * @returns {Promise<Turns>}
 */
async function takeTurns(a, b) {
  const inTurns = async (/** @type {Pass} */ what) => {
    /** @type {[number[], number[]]} */
    const samples = [[], []];
    for (let round = -2; round < rounds; round++) {
      const times = [await a.time(what), await b.time(what)];
      if (round >= 0) times.forEach((t, i) => samples[i].push(t));
    }
    return { milliseconds: samples.map(spread), ratio: spread(samples[1].map((t, i) => t / samples[0][i])) };
  };
  const turns = { forward: await inTurns('forward'), 'forward+backward': await inTurns('forward+backward') };
  a.end();
  b.end();
  return turns;
}

/**
 * On as many threads as there are cores, as TensorFlow here; PyTorch's own choice may be fewer.
 *
 * @returns {Promise<BesidePytorch>}
 */
async function besidePytorch() {
  const script = `
import os, sys, time, torch
torch.set_num_threads(os.cpu_count())
torch.manual_seed(0)
torch.zeros(${BLOCK})
x = torch.randn(32, 64, 56, 56, requires_grad=True); dy = torch.randn(32, 64, 56, 56)
beta, c = [(0.1 + 0.8 * torch.rand(1, 64, 1, 1)).requires_grad_() for _ in range(2)]
def phi(x, beta, c):
    s = 1 - beta + 1e-6
    return c * torch.sigmoid(beta * x / s) * x + (1 - c) * torch.nn.functional.softplus(x / s) * s
print("ready", flush=True)
def run(what):
    if what == "forward":
        with torch.no_grad():
            phi(x, beta, c)
    else:
        torch.autograd.grad(phi(x, beta, c), [x, beta, c], dy)
for line in sys.stdin:
    run(line.strip())
    start = time.perf_counter()
    for _ in range(${RUNS}):
        run(line.strip())
    print((time.perf_counter() - start) * 1e3 / ${RUNS}, flush=True)
`;
  let version;
  try {
    version = execFileSync(
      options.python,
      [
        '-c',
        'import os, torch; torch.set_num_threads(os.cpu_count()); print(torch.__version__, torch.get_num_threads())',
      ],
      { encoding: 'utf8' },
    ).trim();
  } catch {
    return {
      absent: `${options.python} has no PyTorch (Debian: apt-get install python3-torch); name one with --python`,
    };
  }
  const [torch, threads] = version.split(' ');
  return {
    torch,
    threads: Number(threads),
    ...(await takeTurns(await startPeer(process.execPath, self), await startPeer(options.python, ['-c', script]))),
  };
}

async function oneAgainstTwoThreads() {
  const withThreads = (/** @type {number} */ count) =>
    startPeer(process.execPath, self, { TF_NUM_INTRAOP_THREADS: String(count) });
  return takeTurns(await withThreads(2), await withThreads(1));
}

/** @param {Measured[]} results */
function show(results) {
  for (const { shape, milliseconds, ratios } of results) {
    console.log(`[${shape.join(', ')}] on tensorflow, parameters per channel`);
    console.table(
      Object.fromEntries(
        Object.entries(milliseconds).map(([name, [median, low, high]]) => [
          name,
          { 'ms, median': median, quartiles: `${low} - ${high}` },
        ]),
      ),
    );
    ratioTable(ratios);
  }
}
