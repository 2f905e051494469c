// `npm run release:check`: publishes the next release to a registry on this machine, and runs the tests of
// tools/consumer on what fresh projects install from it. Arguments go to vitest: `-- vite` runs files of that name.
//
// What is committed is published; what is not is said to be left out.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/root.mjs';
import { publishNextRelease } from './publish.mjs';
import { withRegistry } from './registry.mjs';

const left = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).trim();
if (left !== '') console.warn(`Not committed, and therefore not in what is published:\n${left}`);
process.exitCode = await withRegistry(async (registry) => {
  const releases = publishNextRelease(registry);
  for (const { name, version } of releases) console.log(`published ${name} ${version}`);
  const results = join(root, 'test-results');
  mkdirSync(results, { recursive: true });
  const published = join(results, 'published.json');
  writeFileSync(published, JSON.stringify({ url: registry.url, releases }, null, 2));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--config', 'tools/consumer/vitest.config.mjs', ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit', env: { ...process.env, CT_PUBLISHED: published } },
  );
  const [code] = await once(child, 'close');
  return code ?? 1;
});
