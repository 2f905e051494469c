// The bench target of a package: times its cases, beside those of CT_BENCH_BASELINE where that is set, and writes
// test-results/bench/<package>.json after every backend, so that what was measured is kept whatever comes after.
//
//     node tools/bench/compare/benchPackage.mjs ct-x
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../run/root.mjs';
import { measure } from './interleave.mjs';

const [name = ''] = process.argv.slice(2);
const { CT_BENCH_BASELINE: baseline, CT_BENCH_BACKENDS: asked, CT_BENCH_ROUNDS: rounds = '21' } = process.env;
/** @type {{ backends: string[] }} */
const { backends } = await import(pathToFileURL(join(root, 'packages', name, 'bench', 'cases.mjs')).href);
const folder = join(root, 'test-results', 'bench');
mkdirSync(folder, { recursive: true });
/** @type {import('./interleave.mjs').Measured[]} */
const measured = [];
for (const backend of backends) {
  if (asked !== undefined && !asked.split(',').includes(backend)) continue;
  measured.push(...(await measure({ root, baseline, package: name, backend, rounds: Number(rounds) })));
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(measured, null, 2));
}
for (const { name: what, backend, ms, before, change, skipped } of measured) {
  const numbers = ms === undefined ? '' : ` ${ms.toPrecision(3)} ms`;
  const ratio =
    change === undefined ? '' : `, ${change.ratio.toFixed(2)} x ${before?.toPrecision(3)} ms: ${change.verdict}`;
  console.log(`${name}, ${backend}: ${what}${numbers}${ratio}${skipped === undefined ? '' : ` (skipped: ${skipped})`}`);
}
