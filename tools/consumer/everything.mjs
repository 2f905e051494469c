// The consumers that several tests share: one with all packages that any loader takes and every tool that they are
// tried with, and one with the command line, whose packages are for Node's own loader.
import { consumerOrReason } from './consumer.mjs';

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

/** The one with all of them. */
export function everything() {
  return consumerOrReason('everything', { packages, others });
}

/** The one with the command line. */
export function command() {
  const tfjs = ['tfjs', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}@4.22.0`);
  return consumerOrReason('ct', { packages: ['ct-cli', 'ct-sweep'], others: tfjs });
}
