import { Option } from 'commander';
import { BACKENDS } from './backend.js';

/** The option `--backend` of every command. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'tfjs backend').choices(BACKENDS).default('wasm');
}
