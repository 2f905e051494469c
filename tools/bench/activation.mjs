// Benchmarks the activation: fused kernels against the literal formula in stock ops and against ReLU, interleaved, on
// one or more backends; a table, and a record in tools/bench/results/. The packages must be built.
//
//     node tools/bench/activation.mjs [--backend cpu|wasm|webgl|webgpu|webgpu-node]... [--shape 8,56,56,64]...
//       [--rounds 9]
//
// webgl and webgpu run in headless Chromium on SwiftShader, without a graphics card; webgpu-node on Dawn in Node.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { measureActivation } from './measure/measureActivation.mjs';
import { runInPage } from './runInPage.mjs';
import { ratioTable } from './ratioTable.mjs';

const backends = ['cpu', 'wasm', 'webgl', 'webgpu', 'webgpu-node'];
const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', multiple: true, default: backends },
    shape: { type: 'string', multiple: true, default: ['8,56,56,64', '32,14,14,16', '1,7,7,512'] },
    rounds: { type: 'string', default: '9' },
    child: { type: 'boolean', default: false },
  },
});
const unknown = options.backend.find((name) => !backends.includes(name));
if (unknown) throw new Error(`activation: --backend must be one of ${backends.join(', ')}, got ${unknown}`);
const settings = { shapes: options.shape.map((shape) => shape.split(',').map(Number)), rounds: Number(options.rounds) };

const activation = fileURLToPath(new URL('../../packages/ct-activation', import.meta.url));
// tfjs is a dependency of the package, not of the workspace.
const packageRequire = createRequire(join(activation, 'package.json'));
const load = (/** @type {string} */ name) => import(pathToFileURL(packageRequire.resolve(name)).href);

if (options.child) {
  console.log(JSON.stringify(await runHere(options.backend[0])));
  // Dawn would keep the process alive.
  process.exit();
}
for (const backend of options.backend) {
  console.log(`\n${backend} ...`);
  const results = ['webgl', 'webgpu'].includes(backend)
    ? await runInPage(activation, pageSource(backend), settings)
    : runInChild(backend);
  show(backend, results);
  const record = {
    command:
      'node tools/bench/activation.mjs --backend ' +
      `${backend}${options.shape.map((s) => ` --shape ${s}`).join('')} --rounds ${options.rounds}`,
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: activation, encoding: 'utf8' }).trim(),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    versions: { node: process.version, tfjs: packageRequire('@tensorflow/tfjs-core/package.json').version },
    backend,
    rounds: settings.rounds,
    results,
  };
  const folder = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `activation-${backend}.json`), `${JSON.stringify(record, null, 1)}\n`);
}

/**
 * A process of its own for each backend, so that none inherits another's heap.
 *
 * @param {string} backend
 */
function runInChild(backend) {
  const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
  const env =
    backend === 'webgpu-node' && existsSync(driver)
      ? { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: '/usr/lib/chromium' }
      : {};
  const args = [
    fileURLToPath(import.meta.url),
    '--child',
    '--backend',
    backend,
    '--rounds',
    options.rounds,
    ...options.shape.flatMap((shape) => ['--shape', shape]),
  ];
  const { stdout, status } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(`activation: the run on ${backend} failed, see above`);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1));
}

/** @param {string} backend */
async function runHere(backend) {
  const name = backend.replace('-node', '');
  if (backend === 'webgpu-node') {
    const webgpu = await load('webgpu');
    Object.assign(globalThis, webgpu.globals);
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: webgpu.create([]) }, configurable: true });
  }
  const { default: tf } = await load('@tensorflow/tfjs');
  tf.enableProdMode();
  if (name !== 'cpu') await load(`@tensorflow/tfjs-backend-${name}`);
  if (!(await tf.setBackend(name))) throw new Error(`activation: the backend ${name} does not start here`);
  await import(`../../packages/ct-activation/dist/kernels/${name}.js`);
  const { ctu, ctuKernels } = await import('../../packages/ct-activation/dist/index.js');
  if (ctuKernels()[name] !== 'fused') throw new Error(`activation: no fused kernels for ${name}`);
  return measureActivation(tf, ctu, settings);
}

/** @param {string} backend */
function pageSource(backend) {
  const measure = fileURLToPath(new URL('measure/measureActivation.mjs', import.meta.url));
  return `
    import * as tf from '@tensorflow/tfjs';
    import '@tensorflow/tfjs-backend-${backend}';
    import { ctu } from '@curvature-tuning/activation';
    import '@curvature-tuning/activation/${backend}';
    import { measureActivation } from ${JSON.stringify(measure)};
    export async function run(settings) {
      tf.enableProdMode();
      if (!(await tf.setBackend('${backend}'))) throw new Error('the backend does not start');
      return measureActivation(tf, ctu, settings);
    }
  `;
}

/**
 * @param {string} backend
 * @param {import('./measure/measureActivation.mjs').Measured[]} results
 */
function show(backend, results) {
  for (const { shape, milliseconds, ratios, peakBytes } of results) {
    console.log(`[${shape.join(', ')}] on ${backend}, parameters per channel`);
    console.table(
      Object.fromEntries(
        Object.entries(milliseconds).map(([name, [median, low, high]]) => [
          name,
          {
            'ms, median': median,
            quartiles: `${low} - ${high}`,
            'peak MB': Number((peakBytes[name] / 1e6).toFixed(1)),
          },
        ]),
      ),
    );
    ratioTable(ratios);
  }
}
