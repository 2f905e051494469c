/**
 * `ct-node doctor`: what is there, and whether it computes the right numbers.
 */
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, opLibraryPath } from '../opLibrary.js';
import { whyNotSealed } from '../sealedFolder.js';
import type { Report } from './libtensorflow.js';
import { run } from './run.js';
import type { SelfTest } from './selfTest.js';
import { bindingPath, findTfjsNode, originOfLibtensorflow, probe } from './tfjsNode.js';
import { checkPlatform, findCompiler, findPython } from './tools.js';

/** The error up to which the self-test passes; that of the conformance table on every backend. */
const BOUND = 1e-6;

/** Prints what is there, one line each, and runs the self-test. Returns whether everything is in order. */
export async function doctor({
  gpu = false,
  from = process.cwd(),
  report,
  signal,
}: {
  gpu?: boolean;
  from?: string;
  report: Report;
  signal?: AbortSignal | undefined;
}): Promise<boolean> {
  let healthy = true;
  /** One line; a failure is shown with its cure, and what depends on it is not tried. */
  const check = async <T>(
    what: string,
    find: () => T | Promise<T>,
    say: (found: T) => string,
    needed = true,
  ): Promise<T | undefined> => {
    try {
      const found = await find();
      report(`✓ ${what}: ${say(found)}`);
      return found;
    } catch (error) {
      signal?.throwIfAborted();
      report(`${needed ? '✗' : '-'} ${what}: ${(error as Error).message}`);
      if (needed) healthy = false;
      return undefined;
    }
  };

  await check(
    'platform',
    () => checkPlatform(),
    () => `Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}`,
  );
  await check('compiler', () => findCompiler(signal), String, false);
  await check('python with pip', () => findPython(signal), String, false);
  report(`  cache: ${cacheFolder()}`);
  const tfjsNode = await check(
    'tfjs-node',
    () => findTfjsNode(gpu, from),
    ({ name, version, folder }) => `${name} ${version} in ${folder}`,
  );
  if (tfjsNode === undefined) return false;
  const origin = await check(
    'libtensorflow',
    async () => {
      const origin = await originOfLibtensorflow(tfjsNode);
      if (origin.kind === 'none') throw new Error('missing; run npx ct-node setup');
      const reason = origin.kind === 'linked' ? whyNotSealed(origin.folder) : undefined;
      if (reason !== undefined) throw new Error(`${reason}; run npx ct-node setup`);
      return origin;
    },
    (origin) => (origin.kind === 'linked' ? `linked to ${origin.folder}` : 'its own'),
  );
  if (origin === undefined) return false;
  const found = await check(
    'binding',
    () => {
      if (!existsSync(bindingPath(tfjsNode))) throw new Error('missing; run npx ct-node setup');
      return probe(tfjsNode, signal);
    },
    ({ tensorflow, gpu }) => `TensorFlow ${tensorflow}, on ${gpu ? 'a GPU' : 'the CPU'}`,
  );
  if (found === undefined) return false;
  const op = await check(
    'op',
    () => {
      const library = opLibraryPath(found.tensorflow);
      if (!existsSync(library)) throw new Error(`not built for TensorFlow ${found.tensorflow}; run npx ct-node setup`);
      const reason = whyNotSealed(dirname(library));
      if (reason !== undefined) throw new Error(`${reason}; run npx ct-node setup`);
      return library;
    },
    String,
  );
  if (op === undefined) return false;
  await check(
    'self-test',
    async () => {
      const { stdout } = await run(
        process.execPath,
        [fileURLToPath(new URL('selfTest.js', import.meta.url)), tfjsNode.folder],
        { signal, env: { TF_CPP_MIN_LOG_LEVEL: '2' } },
      );
      const result = JSON.parse(stdout.trim().split('\n').at(-1)!) as SelfTest;
      if (result.status !== 'fused') throw new Error(result.status);
      if (!(result.error < BOUND))
        throw new Error(
          `the largest error is ${result.error}, expected less than ${BOUND}; run npx ct-node setup --rebuild, ` +
            'and report it if it stays',
        );
      return result;
    },
    ({ cases, error, kernels }) =>
      `${cases} cases, largest error ${error.toExponential(1)}; ${kernels!.isa}; CUDA: ${kernels!.cuda}`,
  );
  return healthy;
}
