// How long a command takes to say something.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const backends = ['node'];

export function cases() {
  const ct = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
  const call =
    (...args) =>
    () =>
      execFileSync(process.execPath, [ct, ...args], { stdio: 'pipe' });
  return { 'ct --version': call('--version'), 'ct models list': call('models', 'list') };
}
