// Times the fused WebGPU kernels in plain Node, as activationBrowser.mjs does in a browser. The packages must be built.
//
//     VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json LD_LIBRARY_PATH=/usr/lib/chromium \
//       node tools/bench/activationWebgpuNode.mjs
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import { measureActivation } from './activationTimes.mjs';

const rounds = Number(process.argv[2] ?? 9);
const require = createRequire(new URL('../../packages/ct-activation/package.json', import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const webgpu = await load('webgpu');
Object.assign(globalThis, webgpu.globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: webgpu.create([]) }, configurable: true });
const { default: tf } = await load('@tensorflow/tfjs');
await load('@tensorflow/tfjs-backend-webgpu');
await tf.setBackend('webgpu');
await import('../../packages/ct-activation/dist/kernels/webgpu.js');
const { ctu } = await import('../../packages/ct-activation/dist/index.js');

const result = await measureActivation(tf, ctu, rounds);
console.log(JSON.stringify({ command: `node tools/bench/activationWebgpuNode.mjs ${rounds}`, node: process.version, cpu: cpus()[0].model, cores: cpus().length, ...result }, null, 2));
// Dawn would keep the process alive.
process.exit(0);
