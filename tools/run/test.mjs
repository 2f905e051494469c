// `npm test`: sets the checkout up, runs every package's tests and those of tools/check, and adds up what really ran.
// `npm run test:full` (--full) also runs the fuzz suite, and the tests of tools/consumer, which install the packages as
// npm does and need its registry the first time.
//
// nx replays the result of a package whose files did not change. A skipped test is always named; with CI=true one that
// is not on tools/check/allowedSkips.json fails the run.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool, setUp } from './setup.mjs';

const isFull = process.argv.includes('--full');
setUp();
const status = runTool(
  'nx/dist/bin/nx.js',
  [
    'run-many',
    '-t',
    'test',
    '--outputStyle=stream',
    '--parallel=1',
    ...process.argv.slice(2).filter((argument) => argument !== '--full'),
  ],
  { NX_DAEMON: 'false', NX_TUI: 'false' },
);

const counts = { passed: 0, failed: 0, skipped: 0 };
const skips = [];
const problems = status === 0 ? [] : ['a test run failed, see above'];
const results = readdirSync(join(root, 'packages')).map((name) => ({
  name,
  path: join(root, 'packages', name, 'test-results', 'vitest.json'),
}));
const suites = { check: 'tools/check/vitest.config.mjs' };
if (isFull)
  Object.assign(suites, { fuzz: 'tools/vitest/fuzz.config.mjs', consumer: 'tools/consumer/vitest.config.mjs' });
for (const [name, config] of Object.entries(suites)) {
  const path = join(root, 'test-results', `${name}.json`);
  rmSync(path, { force: true });
  if (runTool('vitest/vitest.mjs', ['run', '--config', config]) !== 0)
    problems.push(`the tests of ${config} failed, see above`);
  results.push({ name, path });
}
let fuzzed = 0;
for (const { name, path } of results) {
  if (!existsSync(path)) {
    problems.push(`${name} left no test results`);
    continue;
  }
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0)
      problems.push(`${name}: ${file.name} did not run: ${file.message}`);
    for (const test of file.assertionResults) {
      fuzzed += test.meta?.cases ?? 0;
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else {
        counts.skipped++;
        skips.push(`${name}: ${test.fullName.trim()}`);
      }
    }
  }
}

/** @type {{ test: string, reason: string }[]} */
const allowed = JSON.parse(readFileSync(join(root, 'tools/check/allowedSkips.json'), 'utf8'));
for (const skip of skips) {
  const entry = allowed.find(({ test }) => test === skip);
  console.log(`skipped: ${skip}${entry ? ` (allowed: ${entry.reason})` : ''}`);
  if (process.env.CI && !entry) problems.push(`skipped, and not on tools/check/allowedSkips.json: ${skip}`);
}
if (isFull) {
  console.log(`fuzz: ${fuzzed} cases`);
  if (fuzzed < 20_000) problems.push(`the fuzz suite ran ${fuzzed} cases, not 20,000`);
}
for (const problem of problems) console.error(`✗ ${problem}`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = problems.length > 0 || counts.failed > 0 ? 1 : 0;
