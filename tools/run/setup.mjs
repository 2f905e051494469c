// Makes a checkout ready: installs what the lock file lists and builds what changed. Says what it does and, when a
// step fails, what to do. With nothing to do it takes a second and needs no network. Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeAssets } from '../build/assets.mjs';
import { makeCommonJs } from '../build/commonjs.mjs';
import { inlineChecks } from '../build/inlineChecks.mjs';
import { root } from './root.mjs';
import { removeStaleOutput } from '../build/staleOutput.mjs';

export { root };
const packages = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'package.json')),
);

/** Installs and builds. Exits the process when a step fails. */
export function setUp() {
  checkNode();
  install();
  build();
}

/**
 * Runs a program in the checkout; its output is shown. Returns the exit code.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (error) console.error(error.message);
  return status ?? 1;
}

/**
 * Runs a program that came with the dependencies.
 *
 * @param {string} entry
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env]
 */
export function runTool(entry, args, env) {
  return run(process.execPath, [join(root, 'node_modules', entry), ...args], env);
}

function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.match(/\d+\.\d+/)[0];
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    fail(`Node ${process.versions.node} is too old`, `install Node ${wanted} or newer`);
  }
}

function install() {
  const stamp = join(root, 'node_modules', '.ct-installed');
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
  const [command, ...args] = hasPnpm(pnpm.split('@')[1]) ? ['pnpm'] : ['npx', '--yes', pnpm];
  console.log(`Installing dependencies with ${pnpm} (once; about a minute) ...`);
  if (
    run(command, [...args, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'], {
      CI: 'true',
    }) !== 0
  ) {
    fail(
      'the dependencies could not be installed',
      'check the network and run the same command again; if pnpm-lock.yaml is named above, run pnpm install ' +
        'and commit it',
    );
  }
  writeFileSync(stamp, wanted);
}

/** What an installation depends on. */
function fingerprint() {
  const files = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'package.json',
    ...packages.map((name) => `packages/${name}/package.json`),
  ];
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** @param {string} version */
function hasPnpm(version) {
  const { stdout } = spawnSync('pnpm', ['--version'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return stdout?.trim() === version;
}

function build() {
  console.log('Building what changed ...');
  // Before the compiler, which wants to see them.
  makeAssets();
  const projects = packages.map((name) => `packages/${name}/tsconfig.lib.json`);
  if (runTool('typescript/bin/tsc', ['-b', ...projects]) !== 0) {
    fail(
      'the build failed',
      'mend the errors above; if they make no sense, delete the dist folders (git clean -xdf packages) and try again',
    );
  }
  removeStaleOutput();
  inlineChecks();
  makeCommonJs();
}

/**
 * @param {string} what
 * @param {string} cure
 * @returns {never}
 */
function fail(what, cure) {
  console.error(`\n✗ ${what}.\n  Cure: ${cure}.`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
