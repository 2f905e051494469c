// `npm run bench`: times the cases of every package, through Nx, one package after the other, in turns with a baseline
// commit, and writes one report.
//
//     npm run bench -- [--baseline REF | --no-baseline] [--only ct-layers,ct-models] [--backend wasm] [--rounds 21]
//
// The baseline is built in a worktree of its own; by default it is HEAD where something is not committed, else where
// the branch began, else the commit before. Writes test-results/bench/report.html and report.json. Exits 1 where a case
// is slower beyond noise.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../run/root.mjs';
import { runTool } from '../../run/setup.mjs';
import { buildBaseline, defaultBaseline } from './baseline.mjs';
import { page, summary } from './report.mjs';

const BACKENDS = ['node', 'cpu', 'wasm', 'tensorflow', 'webgl', 'webgpu'];
const { values: options } = parseArgs({
  options: {
    baseline: { type: 'string' },
    'no-baseline': { type: 'boolean', default: false },
    only: { type: 'string' },
    backend: { type: 'string' },
    rounds: { type: 'string', default: '21' },
  },
});
const benched = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'bench', 'cases.mjs')),
);
const only = options.only?.split(',') ?? benched;
known('--only', only, benched);
const backends = options.backend?.split(',');
known('--backend', backends ?? [], BACKENDS);
if (!/^[1-9]\d*$/.test(options.rounds))
  throw new RangeError(`--rounds ${options.rounds}: expected a whole number from 1 on`);

const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const folder = join(root, 'test-results', 'bench');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const baseline = options['no-baseline'] ? undefined : buildBaseline(options.baseline ?? defaultBaseline());
if (baseline !== undefined) console.log(`baseline: ${baseline.commit}`);
const status = runTool(
  'nx/dist/bin/nx.js',
  [
    'run-many',
    '-t',
    'bench',
    '--parallel=1',
    '--excludeTaskDependencies',
    '-p',
    only.join(','),
    '--outputStyle=stream',
  ],
  {
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    CT_BENCH_ROUNDS: options.rounds,
    ...(baseline !== undefined && { CT_BENCH_BASELINE: baseline.folder }),
    ...(backends !== undefined && { CT_BENCH_BACKENDS: backends.join(',') }),
  },
);
/** @type {Record<string, import('./interleave.mjs').Measured[]>} */
const packages = {};
for (const name of only) {
  const path = join(folder, `${name}.json`);
  packages[name] = existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : [
        {
          name: 'all cases',
          backend: backends?.join() ?? 'all',
          skipped: 'nothing was measured; see what was printed',
        },
      ];
}
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** @type {import('./report.mjs').Report} */
const report = {
  date: new Date().toISOString(),
  commit: git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' (changed)'),
  baseline: baseline?.commit ?? null,
  command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
  machine: {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    Node: process.version,
    TypeScript: { ...dependencies, ...devDependencies }.typescript,
    tfjs:
      /'@tensorflow\/tfjs': ([\d.]+)/.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))?.[1] ?? 'unknown',
  },
  packages,
};
writeFileSync(join(folder, 'report.json'), JSON.stringify(report, null, 2));
writeFileSync(join(folder, 'report.html'), page(report));
const all = Object.values(packages).flat();
const changed = all.filter(({ change }) => change !== undefined && change.verdict !== 'same');
const skipped = all.filter((one) => one.skipped !== undefined);
console.log(
  `\n${summary(all, changed, skipped, report.baseline)}\nReport: test-results/bench/report.html and report.json`,
);
process.exitCode = status !== 0 || changed.some(({ change }) => change?.verdict === 'slower') ? 1 : 0;

/**
 * @param {string} option
 * @param {readonly string[]} names
 * @param {readonly string[]} all
 */
function known(option, names, all) {
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new RangeError(`${option} ${unknown}: expected some of ${all.join(', ')}`);
}
