/**
 * Compiles the op for one libtensorflow.
 */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { nativeFolder, opLibraryPath } from '../opLibrary.js';
import { whyNotSealed } from '../sealedFolder.js';
import { makeFolder } from './makeFolder.js';
import { run } from './run.js';

/** The contents of native/flags.json. */
interface Flags {
  common: string[];
  isa: Record<string, string[]>;
}

/** What the op is compiled with. */
export interface OpBuild {
  /** Version of TensorFlow. */
  tensorflow: string;
  /** Folder with TensorFlow's C++ headers. */
  include: string;
  /** Folder with libtensorflow_framework.so.2. */
  lib: string;
  compiler: string;
  /** Whether to compile although it is there. */
  rebuild?: boolean;
  signal?: AbortSignal | undefined;
}

/** Compiles the op unless it is there as it was made, and returns its path. */
export async function buildOp({
  tensorflow,
  include,
  lib,
  compiler,
  rebuild = false,
  signal,
}: OpBuild): Promise<string> {
  const library = opLibraryPath(tensorflow);
  if (!rebuild && whyNotSealed(dirname(library)) === undefined && existsSync(library)) return library;
  await makeFolder(
    dirname(library),
    async (temporary) => {
      const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
      const flags = JSON.parse(readFileSync(join(nativeFolder, 'flags.json'), 'utf8')) as Flags;
      const common = [
        ...flags.common,
        '-isystem',
        include,
        '-isystem',
        headers,
        `-Wa,-I${join(nativeFolder, 'cuda', 'binaries')}`,
      ];
      const objects: string[] = [];
      // One after the other: two of these want 1 GB each, and the others next to nothing.
      for (const source of opSources(process.arch)) {
        const object = join(temporary, `${basename(source, '.cc')}.o`);
        const isa = source.startsWith('cpu/') ? (flags.isa[basename(source, '.cc')] ?? []) : [];
        await run(compiler, [...common, ...isa, '-c', join(nativeFolder, source), '-o', object], { signal });
        objects.push(object);
      }
      const linked = join(temporary, basename(library));
      // No path to TensorFlow: whoever loads the op, tfjs-node or Python, has loaded the library of that name before.
      await run(
        compiler,
        [
          '-shared',
          ...objects,
          '-o',
          linked,
          `-L${lib}`,
          '-l:libtensorflow_framework.so.2',
          '-ldl',
          '-Wl,--no-undefined',
        ],
        { signal },
      );
      for (const object of objects) await rm(object);
    },
    { replace: true },
  );
  return library;
}

/** The sources of the op, as paths within native/. */
function opSources(arch: string): string[] {
  const cpu = arch === 'x64' ? ['baseline', 'avx2', 'avx512'] : ['baseline'];
  const convolution = ['convolution', 'filterGradient'].map((name) => `convolution/${name}`);
  return [...cpu, 'adam', ...convolution, 'isa', 'normalize', 'pass', 'pool', 'walk']
    .map((name) => `cpu/${name}.cc`)
    .concat([
      'cuda/driver.cc',
      'cuda/launch.cc',
      'tensorflow/ops.cc',
      'tensorflow/normalizeOps.cc',
      'tensorflow/convolutionOps.cc',
      'tensorflow/trainingOps.cc',
      'tensorflow/gpuOps.cc',
      'tensorflow/gpuNormalizeOps.cc',
      'tensorflow/nodeModule.cc',
    ]);
}
