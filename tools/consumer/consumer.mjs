// A project outside the workspace that has our packages installed as npm installs them: from tarballs of `pnpm pack`,
// or from the registry that `npm run release:check` published them to.
//
//     const { folder, reason } = await consumerOrReason('name', { packages: ['ct-safetensors'], others: ['jest@30'] });
//
// Needs npm's registry the first time. Tarballs and installations are kept in the user's cache folder, outside of every
// node_modules, and made anew when what goes into them changes: a second run takes seconds. One process at a time uses
// a name.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '../../packages/ct-files/dist/node.js';
import { root } from '../run/setup.mjs';

const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
const cache = join(cacheRoot(), 'consumers', checkout);

/**
 * What `npm run release:check` published, and where.
 *
 * @type {{ url: string, releases: { name: string, version: string, changelog: string }[] } | undefined}
 */
export const published =
  process.env.CT_PUBLISHED === undefined ? undefined : JSON.parse(readFileSync(process.env.CT_PUBLISHED, 'utf8'));

/** npm could not reach its registry: a reason to skip, and no fault of a package. */
class RegistryUnreachable extends Error {}

/**
 * Makes a project with packages of this workspace (folder names; what they depend on comes with them) and with others
 * (`name@range`). Whatever an earlier run left there is removed. Returns its folder.
 *
 * @param {string} name
 * @param {{ packages: readonly string[], others?: readonly string[] }} content
 */
async function makeConsumer(name, { packages, others = [] }) {
  const own = [];
  if (published !== undefined) own.push(...packages.map(publishedAs));
  else for (const one of withDependencies(packages)) own.push(await pack(one));
  const folder = join(cache, name);
  mkdirSync(folder, { recursive: true });
  const kept = ['node_modules', 'package.json', 'package-lock.json', '.npmrc', '.installed'];
  for (const entry of readdirSync(folder)) if (!kept.includes(entry)) rmSync(join(folder, entry), { recursive: true });
  const wanted = JSON.stringify({ node: process.version, registry: published?.url, own, others });
  const stamp = join(folder, '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "version": "1.0.0", "private": true }\n');
  if (published !== undefined) writeFileSync(join(folder, '.npmrc'), `@curvature-tuning:registry=${published.url}\n`);
  const { status, output } = await runIn(folder, 'npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--fetch-retries=1',
    ...own,
    ...others,
  ]);
  if (status !== 0) throw failure(`npm install ended with ${status} in ${folder}`, output);
  writeFileSync(stamp, wanted);
  return folder;
}

/** @typedef {{ folder: string, reason?: undefined } | { folder?: undefined, reason: string }} Consumer */

/**
 * The folder of a project as `makeConsumer` makes it, or why there is none.
 *
 * @param {Parameters<typeof makeConsumer>} args
 * @returns {Promise<Consumer>}
 */
export async function consumerOrReason(...args) {
  try {
    return { folder: await makeConsumer(...args) };
  } catch (error) {
    if (error instanceof RegistryUnreachable) return { reason: "needs npm's registry" };
    throw error;
  }
}

/**
 * Runs a program in a folder. Returns its exit status, and all that it wrote.
 *
 * @param {string} folder
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, timeout?: number }} options
 */
export async function runIn(folder, command, args, { env = {}, timeout = 300_000 } = {}) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      timeout,
      maxBuffer: 2 ** 26,
    });
    return { status: 0, output: stdout + stderr };
  } catch (cause) {
    const error = /** @type {import('node:child_process').ExecFileException} */ (cause);
    if (typeof error.code !== 'number')
      return { status: -1, output: `${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}` };
    return { status: error.code, output: `${error.stdout}${error.stderr}` };
  }
}

/** What Node and npm call a registry that is not reached. */
const NETWORK_ERROR = new RegExp(
  '\\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ENOTCACHED' +
    '|ERR_SOCKET_TIMEOUT)\\b',
);

/**
 * @param {string} what
 * @param {string} output
 */
function failure(what, output) {
  const isNetwork = NETWORK_ERROR.test(output);
  return new (isNetwork ? RegistryUnreachable : Error)(`makeConsumer: ${what}:\n${output}`);
}

/** @param {string} folder */
function publishedAs(folder) {
  const { name } = manifestOf(folder);
  const release = published?.releases.find((one) => one.name === name);
  if (release === undefined) throw new Error(`makeConsumer: ${name} was not published`);
  return `${name}@${release.version}`;
}

/** @param {readonly string[]} packages */
function withDependencies(packages) {
  const all = new Set(packages);
  for (const name of all) {
    const { dependencies = {} } = manifestOf(name);
    for (const [dependency, range] of Object.entries(dependencies))
      if (range.startsWith('workspace:')) all.add(dependency.replace('@curvature-tuning/', 'ct-'));
  }
  return [...all].sort();
}

/**
 * @param {string} name
 * @returns {{ name: string, files: string[], dependencies?: Record<string, string> }}
 */
function manifestOf(name) {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
}

/**
 * The path of a package's tarball, named by a hash of what goes into it: npm keeps what it knows by name.
 *
 * @param {string} name
 */
async function pack(name) {
  const folder = join(root, 'packages', name);
  const hash = createHash('sha256');
  for (const entry of ['package.json', 'README.md', ...manifestOf(name).files.filter((file) => !file.startsWith('!'))])
    hashInto(hash, folder, join(folder, entry.replace('/**', '')));
  const target = join(cache, 'tarballs', `${name}-${hash.digest('hex').slice(0, 16)}.tgz`);
  if (existsSync(target)) return target;
  mkdirSync(join(cache, 'tarballs'), { recursive: true });
  for (const old of readdirSync(join(cache, 'tarballs')))
    if (old.startsWith(`${name}-`) && /^-[0-9a-f]{16}\.tgz$/.test(old.slice(name.length)))
      rmSync(join(cache, 'tarballs', old));
  const made = mkdtempSync(join(cache, 'packing-'));
  try {
    const { command, args } = await pnpm();
    const { status, output } = await runIn(folder, command, [...args, 'pack', '--pack-destination', made]);
    // Where pnpm is not installed, npx fetches it.
    if (status !== 0) throw failure(`pnpm pack ended with ${status} in packages/${name}`, output);
    renameSync(join(made, /** @type {string} */ (readdirSync(made)[0])), target);
  } finally {
    rmSync(made, { recursive: true });
  }
  return target;
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} folder
 * @param {string} path
 */
function hashInto(hash, folder, path) {
  if (!existsSync(path)) return;
  hash.update(`${relative(folder, path)}\0`);
  let entries;
  try {
    entries = readdirSync(path).sort();
  } catch {
    hash.update(readFileSync(path));
    return;
  }
  for (const entry of entries) hashInto(hash, folder, join(path, entry));
}

async function pnpm() {
  /** @type {string} */
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
  const { status, output } = await runIn(root, 'pnpm', ['--version']);
  return status === 0 && output.trim() === wanted.split('@')[1]
    ? { command: 'pnpm', args: [] }
    : { command: 'npx', args: ['--yes', wanted] };
}
