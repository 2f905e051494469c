// A registry of npm packages on this machine, for as long as it is used: verdaccio, which knows nothing but what is
// published to it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheRoot } from '../../packages/ct-files/dist/node.js';
import { run } from '../run/setup.mjs';

/** Verdaccio wants a Node that is newer than ours; npm has one as a package. */
const TOOLS = { verdaccio: '6.10.4', node: '24.21.0' };
/** Verdaccio's own pin of it is deprecated and does not install everywhere. */
const OVERRIDES = { 'node-fetch': '2.7.0' };

/**
 * Runs a registry until `use` is done with its address. What was published is gone afterwards.
 *
 * @template T
 * @param {(registry: { url: string, userConfig: string }) => Promise<T>} use Gets the address, and the path of npm
 *   settings that publish to it and read from it.
 * @returns {Promise<T>}
 */
export async function withRegistry(use) {
  const tools = installTools();
  const folder = mkdtempSync(join(tmpdir(), 'ct-registry-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    [
      `storage: ${JSON.stringify(join(folder, 'storage'))}`,
      'uplinks: {}',
      "packages: { '**': { access: $all, publish: $all } }",
      `auth: { htpasswd: { file: ${JSON.stringify(join(folder, 'htpasswd'))}, max_users: -1 } }`,
      'web: { enable: false }',
      // Sources and recorded weights lie in the packages.
      'max_body_size: 200mb',
      'log: { type: stdout, format: pretty, level: warn }',
      '',
    ].join('\n'),
  );
  const userConfig = join(folder, 'npmrc');
  // npm publishes with a token only, whatever it is; the registry asks for none.
  writeFileSync(userConfig, `registry=${url}\n${url.replace('http:', '')}:_authToken=any\nprovenance=false\n`);
  const server = spawn(
    join(tools, 'node_modules/node/bin/node'),
    [join(tools, 'node_modules/verdaccio/bin/verdaccio'), '--config', config, '--listen', `127.0.0.1:${port}`],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(server, 'exit');
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (said += text));
  try {
    await answers(url, server, () => said);
    return await use({ url, userConfig });
  } finally {
    server.kill();
    await ended;
    rmSync(folder, { recursive: true });
  }
}

/** Installs them in the user's cache folder, once. Returns the folder. */
function installTools() {
  const folder = join(cacheRoot(), 'release-tools', Object.values(TOOLS).join('-'));
  if (existsSync(join(folder, '.installed'))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'release-tools', private: true, dependencies: TOOLS, overrides: OVERRIDES };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const status = run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']);
  if (status !== 0) throw new Error(`withRegistry: npm could not install verdaccio (status ${status}); see above`);
  writeFileSync(join(folder, '.installed'), '');
  return folder;
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Waits until the registry answers.
 *
 * @param {string} url
 * @param {import('node:child_process').ChildProcess} server
 * @param {() => string} said
 */
async function answers(url, server, said) {
  for (let tries = 0; tries < 600; tries++) {
    if (server.exitCode !== null) throw new Error(`withRegistry: verdaccio ended with ${server.exitCode}:\n${said()}`);
    const response = await fetch(`${url}-/ping`).catch(() => undefined);
    if (response?.ok) return;
    await delay(100);
  }
  throw new Error(`withRegistry: verdaccio did not answer within a minute:\n${said()}`);
}
