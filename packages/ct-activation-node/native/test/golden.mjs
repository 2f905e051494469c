// Writes native/cuda/harness/golden.bin from test/golden/ctu_grid.json, for programs in C++:
// `node native/test/golden.mjs`, or `--check` to see that it is up to date.
//
// float64, little endian: number of x, number of rows, the x; then for each row beta, c, and y, dx, dbeta, dc at the x.
import { readFileSync, writeFileSync } from 'node:fs';

const { x, cases } = JSON.parse(readFileSync(new URL('../../test/golden/ctu_grid.json', import.meta.url), 'utf8'));
const numbers = [
  x.length,
  cases.length,
  ...x,
  ...cases.flatMap(({ beta, c, y, dx, dbeta, dc }) => [beta, c, ...y, ...dx, ...dbeta, ...dc]),
];
const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
const target = new URL('../cuda/harness/golden.bin', import.meta.url);
if (!process.argv.includes('--check')) writeFileSync(target, bytes);
else if (readFileSync(target).compare(bytes) !== 0)
  throw new Error('golden: golden.bin differs from the table; run node native/test/golden.mjs');
