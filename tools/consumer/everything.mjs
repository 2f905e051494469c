// The one consumer of the tests here: all packages but the command line, and every tool that they are tried with.
import { makeConsumer, RegistryUnreachable } from './consumer.mjs';

const packages = [
  'ct-activation',
  'ct-activation-node',
  'ct-data',
  'ct-datasets',
  'ct-files',
  'ct-layers',
  'ct-lora-baseline',
  'ct-models',
  'ct-robustbench',
  'ct-safetensors',
  'ct-sweep',
  'ct-torch-file',
  'ct-wasm-gradients',
];
const others = [
  ...['tfjs', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}@4.22.0`),
  ...[5, 6, 7, 8].map((version) => `vite${version}@npm:vite@${version}`),
  'jest@30',
  'jest-environment-jsdom@30',
  ...['5.4', '5.6', '6.0'].map((version) => `typescript-${version}@npm:typescript@${version}`),
];

/**
 * The folder of the consumer, or why there is none.
 *
 * @returns {Promise<{ folder: string, reason?: undefined } | { folder?: undefined, reason: string }>}
 */
export async function consumerOrReason() {
  try {
    return { folder: await makeConsumer('everything', { packages, others }) };
  } catch (error) {
    if (error instanceof RegistryUnreachable) return { reason: "needs npm's registry" };
    throw error;
  }
}
