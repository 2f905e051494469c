/**
 * `ct-node setup`: makes tfjs-node work and builds the op.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { opLibraryPath } from '../opLibrary.js';
import { whyNotSealed } from '../sealedFolder.js';
import { buildOp } from './buildOp.js';
import type { Report } from './libtensorflow.js';
import { obtainLibtensorflow } from './libtensorflow.js';
import type { Probe, TfjsNode } from './tfjsNode.js';
import {
  bindingPath,
  buildBinding,
  depsFolder,
  findTfjsNode,
  linkLibtensorflow,
  originOfLibtensorflow,
  probe,
} from './tfjsNode.js';
import { checkPlatform, findCompiler } from './tools.js';
import { DEFAULT_VERSION, findWheel } from './wheels.js';

/** The options of `ct-node setup`. */
export interface SetUpOptions {
  /** Whether to take the libtensorflow that can use NVIDIA cards. */
  gpu?: boolean;
  /** Version of TensorFlow; what is there, else 2.15.1. */
  tensorflow?: string | undefined;
  /** Whether to compile anew what is there. */
  rebuild?: boolean;
  /** The folder of the project whose tfjs-node is meant. */
  from?: string;
  report?: Report;
  signal?: AbortSignal | undefined;
}

/**
 * Gives tfjs-node a libtensorflow and a binding, unless it has them, and builds the op for it.
 *
 * May be run again at any time: it does what is missing. Libraries live in the cache (`CT_NODE_CACHE`), and the package
 * gets links, so that a reinstall costs a second. Nothing that it did not make is changed.
 *
 * @returns The op's library.
 * @throws Error that names the cure when a tool is missing or a step fails; RangeError for an unknown version.
 */
export async function setUp({
  gpu = false,
  tensorflow,
  rebuild = false,
  from = process.cwd(),
  report = () => {},
  signal,
}: SetUpOptions = {}): Promise<string> {
  checkPlatform();
  const wheel = findWheel(tensorflow ?? DEFAULT_VERSION, { gpu });
  const tfjsNode = findTfjsNode(gpu, from);
  report(`${tfjsNode.name} ${tfjsNode.version} in ${tfjsNode.folder}`);

  const origin = await originOfLibtensorflow(tfjsNode);
  if (origin.kind === 'own') {
    report('It has a libtensorflow of its own, which stays.');
  } else {
    const asked = gpu || tensorflow !== undefined;
    const folder =
      origin.kind === 'linked' && !asked && whyNotSealed(origin.folder) === undefined
        ? origin.folder
        : await obtainLibtensorflow(wheel, 'libraries', report, signal);
    await linkLibtensorflow(tfjsNode, folder);
    report(`libtensorflow from ${folder}`);
  }

  const found = await ensureBinding(tfjsNode, rebuild, report, signal);
  if (origin.kind === 'own' && tensorflow !== undefined && tensorflow !== found.tensorflow) {
    throw new Error(
      `ct-node: ${tfjsNode.name} has TensorFlow ${found.tensorflow} of its own, got --tensorflow ` +
        `${tensorflow}; to use that, move ${join(depsFolder(tfjsNode), 'lib')} elsewhere and run again`,
    );
  }
  const include = await headers(tfjsNode, found, report, signal);
  const present = opLibraryPath(found.tensorflow);
  const isThere = existsSync(present) && whyNotSealed(dirname(present)) === undefined && !rebuild;
  if (!isThere) report('Compiling the op (about a minute) ...');
  const compiler = isThere ? '' : await findCompiler(signal);
  const library = await buildOp({
    tensorflow: found.tensorflow,
    include,
    lib: join(depsFolder(tfjsNode), 'lib'),
    compiler,
    rebuild,
    signal,
  });
  report(`Op for TensorFlow ${found.tensorflow}: ${library}`);
  return library;
}

/** Builds the binding where it is missing or does not load. */
async function ensureBinding(
  tfjsNode: TfjsNode,
  rebuild: boolean,
  report: Report,
  signal?: AbortSignal,
): Promise<Probe> {
  if (existsSync(bindingPath(tfjsNode)) && !rebuild) {
    try {
      return await probe(tfjsNode, signal);
    } catch (error) {
      signal?.throwIfAborted();
      report(`Its binding does not load; building another. (${(error as Error).message.split('\n').at(-1)})`);
    }
  }
  const compiler = await findCompiler(signal);
  report('Putting the binding of tfjs-node in place, compiled (about 10 s) unless the cache has it ...');
  await buildBinding(tfjsNode, await bindingKey(tfjsNode), compiler, { rebuild, signal });
  return probe(tfjsNode, signal);
}

/** The binding is compiled against the headers of one libtensorflow. */
async function bindingKey(tfjsNode: TfjsNode): Promise<string> {
  const origin = await originOfLibtensorflow(tfjsNode);
  return origin.kind === 'linked' ? origin.folder.split('/').at(-1)! : 'own';
}

/**
 * TensorFlow's C++ headers: beside its libraries, or, where those came without, those of PyPI's wheel of the same
 * version.
 */
async function headers(tfjsNode: TfjsNode, found: Probe, report: Report, signal?: AbortSignal): Promise<string> {
  const include = join(depsFolder(tfjsNode), 'include');
  if (existsSync(join(include, 'tensorflow/core/framework/op_kernel.h'))) return include;
  const present = opLibraryPath(found.tensorflow);
  // With the op there, nobody needs headers.
  if (existsSync(present) && whyNotSealed(dirname(present)) === undefined) return include;
  report(`Its libtensorflow ${found.tensorflow} has no C++ headers; taking those of PyPI's wheel.`);
  const folder = await obtainLibtensorflow(
    findWheel(found.tensorflow, { contents: 'headers' }),
    'headers',
    report,
    signal,
  );
  return join(folder, 'include');
}
