// @ts-check
// Benchmarks inference: a network as it is, steered, and baked into stock ops, exactly and with a tolerance; in turns
// in one process. A table, and a record in tools/bench/results/. The packages must be built.
//
//     node tools/bench/inference.mjs [--backend wasm|tensorflow|webgl|webgpu] [--rounds 15]
//
// ResNet-14 at 28 × 28, batch 32; ResNet-18 at 224 × 224, batch 1, random weights; nsfwjs' MobileNetV2 at 224 × 224,
// batch 1, as a LayersModel (batch normalisation a layer of its own) and as a GraphModel (activations fused into
// convolutions). Every unit at beta 0.9. webgl and webgpu run in headless Chromium on SwiftShader, a page a network: a
// device that is lost takes one of them with it, which is said and leaves the others.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { artifactsIn, writeNsfwjs } from '../../experiments/nsfwjsFiles.mjs';
import { contestNames, measureInference } from './measure/measureInference.mjs';
import { runInPage } from './runInPage.mjs';

const { values: options } = parseArgs({
  options: { backend: { type: 'string', default: 'wasm' }, rounds: { type: 'string', default: '15' } },
});
const { backend } = options;
const rounds = Number(options.rounds);

const packageRequire = createRequire(new URL('../../packages/ct-cli/package.json', import.meta.url));
const [load1 = NaN] = loadavg();
const isInPage = backend === 'webgl' || backend === 'webgpu';
/** @type {Record<string, string>} Reasons by network. */
const leftOut = {};
const networks = isInPage ? await inPage() : await inNode();
for (const [name, forms] of Object.entries(networks)) {
  console.log(`\n${name}: ms, and as a multiple of the original`);
  for (const [form, { ms, ratio }] of Object.entries(forms))
    console.log(`  ${form.padEnd(11)} ${ms[0]} (${ms[1]}-${ms[2]})   ${ratio[0]} (${ratio[1]}-${ratio[2]})`);
}
const record = {
  command: `node tools/bench/inference.mjs --backend ${backend} --rounds ${rounds}`,
  commit: execFileSync('git', ['rev-parse', 'HEAD'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  }).trim(),
  backend,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  load: load1,
  versions: { node: process.version, tfjs: packageRequire('@tensorflow/tfjs/package.json').version },
  beta: 0.9,
  rounds,
  networks,
  leftOut,
};
writeFileSync(new URL(`results/inference-${backend}.json`, import.meta.url), `${JSON.stringify(record, null, 1)}\n`);

async function inNode() {
  // tfjs is a dependency of the packages, not of the workspace.
  /** @type {(name: string) => Promise<any>} */
  const load = (name) => import(pathToFileURL(packageRequire.resolve(name)).href);
  const { default: tf } = await load('@tensorflow/tfjs');
  tf.enableProdMode();
  if (backend === 'tensorflow') {
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
    await load('@tensorflow/tfjs-node');
    await import('../../packages/ct-activation-node/dist/index.js');
  } else {
    await load('@tensorflow/tfjs-backend-wasm');
    await import('../../packages/ct-activation/dist/kernels/wasm.js');
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  const layers = await import('../../packages/ct-layers/dist/index.js');
  const graphs = await import('../../packages/ct-layers/dist/graph/index.js');
  const models = await import('../../packages/ct-models/dist/index.js');
  const nsfwjs = { layers: await nsfwjsArtifacts('layers'), graph: await nsfwjsArtifacts('graph') };
  return measureInference({ tf, layers, graphs, models }, nsfwjs, { rounds, names: contestNames });
}

/** @returns {ReturnType<typeof measureInference>} */
async function inPage() {
  const measure = fileURLToPath(new URL('measure/measureInference.mjs', import.meta.url));
  const source = `
    import * as tf from '@tensorflow/tfjs';
    import '@tensorflow/tfjs-backend-${backend}';
    import '@curvature-tuning/activation/${backend}';
    import * as layers from '@curvature-tuning/layers';
    import * as graphs from '@curvature-tuning/layers/graph';
    import * as models from '@curvature-tuning/models';
    import { measureInference } from ${JSON.stringify(measure)};
    export async function run({ nsfwjs, rounds, names }) {
      tf.enableProdMode();
      if (!(await tf.setBackend('${backend}'))) throw new Error('the backend does not start');
      const artifacts = Object.fromEntries(
        Object.entries(nsfwjs).map(([name, { weights, ...json }]) => [
          name,
          { ...json, weightData: Uint8Array.from(atob(weights), (c) => c.charCodeAt(0)).buffer },
        ]),
      );
      return measureInference({ tf, layers, graphs, models }, artifacts, { rounds, names });
    }
  `;
  /** @type {(name: 'layers' | 'graph') => Promise<object>} */
  const sent = async (name) => {
    const { weightData, ...json } = await nsfwjsArtifacts(name);
    return { ...json, weights: Buffer.from(weightData).toString('base64') };
  };
  const nsfwjs = { layers: await sent('layers'), graph: await sent('graph') };
  const within = fileURLToPath(new URL('../../packages/ct-layers', import.meta.url));
  /** @type {Awaited<ReturnType<typeof measureInference>>} */
  const measured = {};
  for (const name of contestNames)
    try {
      Object.assign(measured, await runInPage(within, source, { nsfwjs, rounds, names: [name] }));
    } catch (error) {
      leftOut[name] = error instanceof Error ? error.message : String(error);
      console.error(`${name} on ${backend} is left out: ${leftOut[name]}`);
    }
  return measured;
}

/**
 * @param {'layers' | 'graph'} name
 * @returns {Promise<any>} Artifacts.
 */
async function nsfwjsArtifacts(name) {
  const folder = mkdtempSync(join(tmpdir(), 'inference-'));
  try {
    await writeNsfwjs(name, folder);
    return artifactsIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
