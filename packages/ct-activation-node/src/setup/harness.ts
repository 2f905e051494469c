/**
 * `ct-node gpu-check`: the program that checks the CUDA kernels on another machine.
 */
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { nativeFolder } from '../opLibrary.js';
import type { Report } from './libtensorflow.js';
import { makeFolder } from './makeFolder.js';
import { run } from './run.js';
import { findCompiler } from './tools.js';

/**
 * Compiles native/cuda/harness into a new folder: one program with kernels and golden cases inside, and how to run it.
 *
 * @throws Error when the folder exists or the compiler is missing.
 */
export async function buildHarness(
  folder: string,
  { report, signal }: { report: Report; signal?: AbortSignal | undefined },
): Promise<void> {
  const target = resolve(folder);
  if (existsSync(target)) throw new Error(`ct-node: ${target} is there already; name a new folder`);
  const compiler = await findCompiler(signal);
  const source = (name: string): string => join(nativeFolder, 'cuda', name);
  await makeFolder(target, async (temporary) => {
    // Static but for libc: the other machine may have an older libstdc++.
    const flags = ['-std=c++17', '-O2', '-Wall', '-Wextra', '-static-libstdc++', '-static-libgcc'];
    const assembler = [source('binaries'), source('harness')].map((path) => `-Wa,-I${path}`);
    const sources = [
      'harness/check.cc',
      'harness/large.cc',
      'harness/timing.cc',
      'harness/device.cc',
      'launch.cc',
      'driver.cc',
    ].map(source);
    await run(compiler, [...flags, ...assembler, ...sources, '-o', join(temporary, 'ctu-gpu-check'), '-ldl'], {
      signal,
    });
    await copyFile(source('harness/README.md'), join(temporary, 'README.md'));
  });
  report(`✓ ${target}: copy it to a machine with an NVIDIA card and run ${basename(target)}/ctu-gpu-check`);
}
