// What an import does where something is missing, each in a process of its own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { opLibraryPath } from '../src/opLibrary.js';
import { sealFolder } from '../src/sealedFolder.js';
import { needsSetUp, setUpState } from './setUpState.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctu-without-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs an ES module from this package; returns its last line of output. */
function run(script: string, env: Record<string, string> = {}, node: string[] = [process.execPath]): unknown {
  const args = [...node.slice(1), '--input-type=module', '-e', script];
  const { stdout, stderr, status } = spawnSync(node[0]!, args, {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', ...env },
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

const report = `
  import { ctu, ctuKernels } from '@curvature-tuning/activation';
  import { nodeKernels } from './dist/index.js';
  let problem = null;
  try { nodeKernels(); } catch (error) { problem = error.message; }
  const y = Array.from(ctu([-1, 0, 2], 0.9).dataSync());
  console.log('\\n' + JSON.stringify({ status: ctuKernels().tensorflow, problem, y }));`;
/** phi at −1, 0 and 2 for beta = 0.9 and c = 1/2. */
const expected = [-5.94e-5, 0.0346577, 2];
const expectValues = (y: number[]): void =>
  y.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6));

it('without tfjs-node ctu runs composed and ctuKernels says so', () => {
  const { status, problem, y } = run(`import '@tensorflow/tfjs'; ${report}`) as {
    status: string;
    problem: string;
    y: number[];
  };
  expect(status).toBe(
    'composed: there is no backend "tensorflow"; import @tensorflow/tfjs-node before @curvature-tuning/activation-node',
  );
  expect(problem).toBe(`nodeKernels: ${status.replace('composed: ', '')}`);
  expectValues(y);
});

describe.skipIf(setUpState === undefined)(`with tfjs-node (${needsSetUp})`, () => {
  const load = `import '@tensorflow/tfjs-node'; ${report}`;

  it('and no op, ctu runs composed and ctuKernels says so', () => {
    const { status, y } = run(load, { CT_NODE_CACHE: join(folder, 'empty') }) as { status: string; y: number[] };
    expect(status).toBe(
      `composed: the native op is not built for TensorFlow ${setUpState!.tensorflow}; run npx ct-node setup`,
    );
    expectValues(y);
  });

  it('and a broken op, ctu runs composed and ctuKernels says so', () => {
    vi.stubEnv('CT_NODE_CACHE', join(folder, 'broken'));
    const library = opLibraryPath(setUpState!.tensorflow);
    vi.unstubAllEnvs();
    mkdirSync(dirname(library), { recursive: true });
    writeFileSync(library, 'not a library');
    const untrusted = run(load, { CT_NODE_CACHE: join(folder, 'broken') }) as { status: string; y: number[] };
    expect(untrusted.status).toBe(
      `composed: the native op is not loaded, because ${dirname(library)} has no sums of its libraries; run ` +
        'npx ct-node setup',
    );
    expectValues(untrusted.y);
    sealFolder(dirname(library));
    const { status, y } = run(load, { CT_NODE_CACHE: join(folder, 'broken') }) as { status: string; y: number[] };
    expect(status).toMatch(
      /^composed: the native op does not load \(.*ctu\.node.*\); run npx ct-node setup --rebuild$/,
    );
    expectValues(y);
  });

  it('and the op, ctu runs fused in each instruction set', () => {
    for (const isa of ['baseline', 'avx2', 'avx512']) {
      const withIsa = report.replace('{ status:', '{ isa: nodeKernels().isa, status:');
      const script = `import '@tensorflow/tfjs-node'; ${withIsa}`;
      const result = run(script, { CT_NODE_ISA: isa }) as { isa: string; status: string; y: number[] };
      expect(result.status).toBe('fused');
      if (isa === 'baseline') expect(result.isa).toBe('baseline');
      expectValues(result.y);
    }
  });

  // npm's package `node` is Node itself.
  const node24 = ['npx', '--yes', '--package=node@24.21.0', 'node'];
  const hasNode24 =
    setUpState !== undefined &&
    spawnSync(node24[0]!, [...node24.slice(1), '--version'], { encoding: 'utf8', timeout: 240_000 }).stdout?.trim() ===
      'v24.21.0';

  it.skipIf(!hasNode24)('on Node 24, tfjs-node works once mended, and the op with it (needs the network once)', () => {
    const topk =
      `import util from 'node:util'; import * as tf from '@tensorflow/tfjs-node'; const lacking = ` +
      'util.isNullOrUndefined === undefined;';
    const result = run(
      `${topk} const { nodeKernels } = await import('./dist/index.js');
      const { ctuKernels } = await import('@curvature-tuning/activation');
      const [status, { isa }] = [ctuKernels().tensorflow, nodeKernels()];
      const top = Array.from(tf.topk([3, 1, 2], 2).values.dataSync());
      console.log('\\n' + JSON.stringify({ node: process.version, lacking, status, isa, top }));`,
      {},
      node24,
    );
    expect(result).toMatchObject({ node: 'v24.21.0', lacking: true, status: 'fused', top: [3, 2] });
  });
});
