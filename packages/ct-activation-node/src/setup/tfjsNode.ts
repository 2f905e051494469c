/**
 * The installed tfjs-node: where it is, what it is made to run on, and its binding.
 */
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, lstat, mkdir, readlink, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder } from '../opLibrary.js';
import { whyNotSealed } from '../sealedFolder.js';
import { makeFolder } from './makeFolder.js';
import { run } from './run.js';

/** An installed tfjs-node. */
export interface TfjsNode {
  name: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
  version: string;
  folder: string;
}

const packageRequire = createRequire(import.meta.url);

/**
 * The tfjs-node of the project in `from`, else the one that this package sees.
 *
 * @throws Error when there is none.
 */
export function findTfjsNode(gpu: boolean, from: string = process.cwd()): TfjsNode {
  const names = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] as const;
  // For a GPU either will do: it is libtensorflow that uses it.
  const wanted = gpu ? [...names].reverse() : names;
  for (const name of wanted) {
    for (const require of [createRequire(pathToFileURL(join(from, 'package.json'))), packageRequire]) {
      try {
        const manifest = require.resolve(`${name}/package.json`);
        const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
        return { name, version, folder: dirname(manifest) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      }
    }
  }
  throw new Error(
    `ct-node: there is no ${wanted.join(' or ')} in ${from}.\n` +
      `Cure: npm install --ignore-scripts ${wanted[0]} (with pnpm: allowBuilds: {'${wanted[0]}': false}); ` +
      `its own script downloads from a host that many networks block, and set-up does that script's work.`,
  );
}

/** The folder where tfjs-node looks for libtensorflow and headers. */
export const depsFolder = (tfjsNode: TfjsNode): string => join(tfjsNode.folder, 'deps');

/** Where its libtensorflow comes from: linked to our cache, brought by itself, or not there. */
export async function originOfLibtensorflow(
  tfjsNode: TfjsNode,
): Promise<{ kind: 'linked'; folder: string } | { kind: 'own' } | { kind: 'none' }> {
  const lib = join(depsFolder(tfjsNode), 'lib');
  try {
    if ((await lstat(lib)).isSymbolicLink()) {
      const target = resolve(dirname(lib), await readlink(lib));
      if (target.startsWith(cacheFolder() + sep))
        return existsSync(target) ? { kind: 'linked', folder: dirname(target) } : { kind: 'none' };
    }
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return { kind: existsSync(join(lib, 'libtensorflow.so')) ? 'own' : 'none' };
}

/** Links tfjs-node to libtensorflow in the cache. Replaces a link of ours, and nothing else. */
export async function linkLibtensorflow(tfjsNode: TfjsNode, folder: string): Promise<void> {
  const deps = depsFolder(tfjsNode);
  await mkdir(deps, { recursive: true });
  for (const part of ['lib', 'include']) await replaceLink(join(folder, part), join(deps, part));
}

async function replaceLink(target: string, path: string): Promise<void> {
  const present = await lstat(path).catch(() => undefined);
  if (present !== undefined && !present.isSymbolicLink()) {
    throw new Error(
      `ct-node: ${path} is in the way: set-up did not make it and does not remove it; move it elsewhere and run again`,
    );
  }
  if (present !== undefined && (await readlink(path)) === target) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await symlink(target, temporary);
  await rename(temporary, path);
}

/** tfjs-node's own name for its binding: of the Node-API versions that it knows, the highest. */
export const bindingPath = (tfjsNode: TfjsNode): string => join(tfjsNode.folder, 'lib', 'napi-v8', 'tfjs_binding.node');

/** What a tfjs-node that works says. */
export interface Probe {
  tensorflow: string;
  gpu: boolean;
}

/**
 * Loads tfjs-node in a process of its own and asks for its TensorFlow.
 *
 * @throws Error with what was said when it does not load.
 */
export async function probe(tfjsNode: TfjsNode, signal?: AbortSignal): Promise<Probe> {
  const script = `const tf = require(${JSON.stringify(tfjsNode.folder)}); const backend = tf.backend();
    const report = { tensorflow: backend.binding.TF_Version, gpu: Boolean(backend.isUsingGpuDevice) };
    console.log('\\n' + JSON.stringify(report));`;
  const { stdout } = await run(process.execPath, ['-e', script], { signal, env: { TF_CPP_MIN_LOG_LEVEL: '2' } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Probe;
}

/**
 * Compiles tfjs-node's binding from the sources in its package, unless the cache has it, and puts it where it belongs.
 */
export async function buildBinding(
  tfjsNode: TfjsNode,
  key: string,
  compiler: string,
  options: { rebuild: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  const folder = join(
    cacheFolder(),
    'bindings',
    `${tfjsNode.name.split('/')[1]}-${tfjsNode.version}-${key}-${process.arch}`,
  );
  if (options.rebuild || whyNotSealed(folder) !== undefined) {
    const headers = join(dirname(packageRequire.resolve('node-api-headers/package.json')), 'include');
    const deps = depsFolder(tfjsNode);
    await makeFolder(
      folder,
      async (temporary) => {
        const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjsNode.folder, 'binding', name));
        const include = [tfjsNode.folder, join(deps, 'include'), headers].flatMap((path) => ['-isystem', path]);
        // The flags of its binding.gyp; $ORIGIN is the folder that holds the binding.
        const link = [
          `-L${join(deps, 'lib')}`,
          '-ltensorflow',
          '-ltensorflow_framework',
          '-Wl,-rpath,$ORIGIN/../../deps/lib',
        ];
        const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNDEBUG', '-DNAPI_VERSION=8'];
        await run(compiler, [...flags, ...include, ...sources, '-o', join(temporary, 'tfjs_binding.node'), ...link], {
          signal: options.signal,
        });
      },
      { replace: true },
    );
  }
  const target = bindingPath(tfjsNode);
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  await copyFile(join(folder, 'tfjs_binding.node'), temporary);
  await rename(temporary, target);
}
