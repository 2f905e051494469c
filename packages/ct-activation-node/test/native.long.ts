// The native sources without TensorFlow: the CPU kernels under sanitizers, the CUDA kernels on an emulated driver.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeFolder } from '../src/opLibrary.js';
import { buildHarness } from '../src/setup/harness.js';
import { findCompiler } from '../src/setup/tools.js';

interface Flags {
  common: string[];
  isa: Record<string, string[]>;
}
/** What the program writes. */
interface GpuRecord {
  device: string;
  kernels: string;
  cases: number;
  failed: number;
  error: number;
  normalizationError: number;
  goldenError: number;
}
const flags = JSON.parse(readFileSync(join(nativeFolder, 'flags.json'), 'utf8')) as Flags;
const compiler = await findCompiler().catch(() => undefined);
const golden = join(nativeFolder, 'cuda', 'harness', 'golden.bin');
const SLOW = 300_000;
/** Of the CPU kernels, beside those of one instruction set. */
const SOURCES = [
  'adam',
  'convolution/convolution',
  'convolution/filterGradient',
  'isa',
  'normalize',
  'pass',
  'pool',
  'walk',
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctu-native-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const compile = (args: string[]): string => execFileSync(compiler!, args, { encoding: 'utf8' });

describe.skipIf(compiler === undefined)('the native sources (need a C++ compiler)', () => {
  const compiled = new Set<string>();

  /** Compiles the unit test of the CPU kernels; `wide` puts the body of 16 lanes in place of the baseline. */
  function cpuTest(kind: 'plain' | 'sanitized', options: string[], wide = false): string {
    const object = (source: string, extra: string[] = []): string => {
      const target = join(folder, `${kind}-${source.replaceAll('/', '-')}.o`);
      if (!compiled.has(target))
        compile([...flags.common, ...extra, ...options, '-Wno-psabi', '-c', join(nativeFolder, source), '-o', target]);
      compiled.add(target);
      return target;
    };
    const x86 = process.arch === 'x64' ? ['avx2', 'avx512'].map((isa) => object(`cpu/${isa}.cc`, flags.isa[isa])) : [];
    const objects = [
      ...x86,
      object(wide ? 'test/wide.cc' : 'cpu/baseline.cc'),
      ...SOURCES.map((name) => object(`cpu/${name}.cc`)),
      object('test/cpuTest.cc', ['-O1']),
    ];
    const program = join(folder, `${kind}${wide ? '-wide' : ''}`);
    compile([...options, ...objects, '-o', program, '-lpthread']);
    return program;
  }

  /** Runs it, and expects all to be right in the instruction set asked for, where the processor has it. */
  function expectRight(program: string, isa: string): string {
    const { stdout, stderr, status } = spawnSync(program, [golden], {
      encoding: 'utf8',
      env: { ...process.env, CT_NODE_ISA: isa, UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout) as {
      isa: string;
      cases: number;
      failed: number;
      error: number;
      normalizationError: number;
      adamError: number;
      convolutionError: number;
      reference: number;
    };
    expect(result).toMatchObject({ cases: 472, failed: 0 });
    expect(result.error).toBeLessThan(1e-6);
    expect(result.normalizationError).toBeLessThan(2e-6);
    expect(result.adamError).toBeLessThan(1e-6);
    expect(result.convolutionError).toBeLessThan(1e-6);
    expect(result.reference).toBeLessThan(1e-12);
    return result.isa;
  }

  it(
    'agree with float64 to 1e-6, batch normalisation to 2e-6, in every instruction set, and on two threads to the bit',
    { timeout: SLOW },
    () => {
      const program = cpuTest('plain', []);
      expect(expectRight(program, 'baseline')).toBe('baseline');
      for (const isa of ['avx2', 'avx512']) expectRight(program, isa);
    },
  );

  it('agree with float64 as well at the width of AVX-512, compiled for any processor', { timeout: SLOW }, () => {
    expect(expectRight(cpuTest('plain', [], true), 'baseline')).toBe('baseline');
  });

  it(
    'run clean under AddressSanitizer and UndefinedBehaviorSanitizer, tails and two threads included',
    { timeout: SLOW },
    () => {
      const program = cpuTest('sanitized', [
        '-O1',
        '-g',
        '-fsanitize=address,undefined',
        '-fno-sanitize-recover=all',
        '-fno-omit-frame-pointer',
      ]);
      for (const isa of ['baseline', 'avx2', 'avx512']) expectRight(program, isa);
    },
  );

  it('compile AVX-512 to vectors of that width, none broken into scalars', () => {
    if (process.arch !== 'x64') return;
    const assembly = compile([
      ...flags.common,
      ...flags.isa['avx512']!,
      '-S',
      join(nativeFolder, 'cpu', 'avx512.cc'),
      '-o',
      '-',
    ]);
    const count = (pattern: RegExp): number => (assembly.match(pattern) ?? []).length;
    expect(count(/v(fn?madd|fn?msub)\w*ps\s.*zmm/g)).toBeGreaterThan(50);
    expect(count(/vdivps\s.*zmm/g)).toBeGreaterThan(5);
    // The arithmetic is float32; scalar divisions and square roots of it would be a vector that was broken up.
    expect(count(/vdivss|vfmadd\w*ss/g)).toBe(0);
  });

  it('have golden values for C++ that are those of the table', () => {
    execFileSync(process.execPath, [join(nativeFolder, 'test', 'golden.mjs'), '--check']);
  });

  describe('in CUDA, on a driver emulated by the CPU', () => {
    let check: string;
    let driver: string;
    beforeAll(async () => {
      await buildHarness(join(folder, 'gpu-check'), { report: () => {} });
      check = join(folder, 'gpu-check', 'ctu-gpu-check');
      driver = join(folder, 'driver');
      mkdirSync(driver);
      const object = (source: string, extra: string[] = []): string => {
        const target = join(driver, `${source}.o`);
        const ignored = ['-Wno-unknown-pragmas', '-Wno-unused-function', '-Wno-pass-failed'];
        const options = ['-std=c++17', '-O2', '-Wall', '-Wextra', '-Werror', ...ignored, '-fPIC', ...extra];
        compile([...options, '-c', join(nativeFolder, 'test', source), '-o', target]);
        return target;
      };
      const objects = [object('emulatedDriver.cc', ['-fsanitize=thread']), object('sanitizer.cc')];
      // Symbolic: its memcpy is its own.
      compile(['-shared', '-Wl,-Bsymbolic', ...objects, '-o', join(driver, 'libcuda.so.1')]);
    }, SLOW);

    /** Runs the program on a card of a major capability, and returns its record. */
    function checkOn(major: number, skipped: string[]): GpuRecord {
      const record = join(folder, `record-${major}.json`);
      const skip = skipped.flatMap((part) => ['--skip', part]);
      const { status, stdout } = spawnSync(check, [...skip, record], {
        encoding: 'utf8',
        env: { ...process.env, LD_LIBRARY_PATH: driver, EMULATED_MAJOR: String(major) },
      });
      expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('All right') as string });
      const written = JSON.parse(readFileSync(record, 'utf8')) as GpuRecord;
      expect(written).toMatchObject({ device: 'CPU emulation, not a GPU', failed: 0 });
      expect(written.error).toBeLessThan(1e-6);
      return written;
    }

    it(
      'agree with float64 to 1e-6, batch normalisation to 2e-6, aligned or not, and in large tensors, with no access ' +
        'out of bounds, of what is not written, or beside another thread',
      { timeout: SLOW },
      () => {
        const { cases, goldenError, normalizationError } = checkOn(9, ['timing']);
        expect(cases).toBe(541);
        expect(goldenError).toBeLessThan(1e-6);
        // A steep unit behind a normalisation makes more of what rounding takes from z: phi'' is 12 at beta = 0.98.
        expect(normalizationError).toBeLessThan(2e-6);
      },
    );

    it.each([
      { major: 9, image: 'sm_90' },
      { major: 8, image: 'sm_80' },
      { major: 7, image: 'ptx' },
    ])('load $image on a card of major capability $major', { timeout: SLOW }, ({ major, image }) => {
      expect(checkOn(major, ['timing', 'cases']).kernels).toBe(image);
    });

    // What is quickest to find the fault in: the large tensors come first where the small ones are skipped.
    const skipped = { 'sums.h': 'large', 'normalize.h': 'cases' };
    const barriers = Object.entries(skipped).flatMap(([name, part]) =>
      readFileSync(join(nativeFolder, 'cuda', name), 'utf8')
        .split('\n')
        .flatMap((line, i) => (line.includes('__syncthreads()') ? [{ barrier: `${name}:${i + 1}`, part }] : [])),
    );
    it.each(barriers)('are found out without the barrier at $barrier', { timeout: SLOW }, ({ barrier, part }) => {
      const options = ['--skip', 'timing', '--skip', part, join(folder, 'without.json')];
      const { status, stderr } = spawnSync(check, options, {
        encoding: 'utf8',
        env: { ...process.env, LD_LIBRARY_PATH: driver, EMULATED_WITHOUT: barrier },
      });
      expect({ status, stderr }).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/(initcheck|racecheck): .*, in ctu/) as string,
      });
    });

    it('say by name that there is no card', () => {
      const { status, stderr } = spawnSync(check, ['--skip', 'timing', join(folder, 'none.json')], {
        encoding: 'utf8',
        env: { ...process.env, LD_LIBRARY_PATH: '' },
      });
      // On a machine with a card it runs instead, and must be right.
      if (status !== 0)
        expect({ status, stderr }).toMatchObject({
          status: 2,
          stderr: expect.stringContaining('libcuda.so.1, the driver of NVIDIA cards, is not there') as string,
        });
    });
  });
});
