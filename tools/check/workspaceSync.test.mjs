// The references of TypeScript's projects are those that `nx sync` writes: nx builds nothing where they are not.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../run/root.mjs';

it('nx sync has nothing to write', { timeout: 120_000 }, async () => {
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  // It rejects with what it would write.
  const { stdout } = await promisify(execFile)(process.execPath, [nx, 'sync:check'], { cwd: root, env });
  expect(stdout).toContain('The workspace is up to date');
});
