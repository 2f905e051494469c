// `npm test`: sets the checkout up, runs every package's tests and those of tools/check, and adds up what really ran.
// `npm run test:full` (--full) also runs what takes long, the fuzz suite, the tests of the built site, and
// `npm run release:check`: the packages, published to a registry on this machine and installed from it as npm does,
// which needs npm's the first time.
//
// Two packages run at a time, each with half of the processors: most files keep one busy. nx replays the result of a
// package whose files did not change. A skipped test is always named; with CI=true one that is not on
// tools/check/allowedSkips.json fails the run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { root, runTool, setUp } from './setup.mjs';

/** Failed tests of a file that are named at the end. */
const NAMED = 3;
const isFull = process.argv.includes('--full');
setUp();
const status = runTool(
  'nx/dist/bin/nx.js',
  [
    'run-many',
    '-t',
    'test',
    '--outputStyle=stream',
    '--parallel=2',
    // What they need is built.
    '--excludeTaskDependencies',
    ...process.argv.slice(2).filter((argument) => argument !== '--full'),
  ],
  { NX_DAEMON: 'false', NX_TUI: 'false', ...(isFull && { CT_FULL: '1' }) },
);

const counts = { passed: 0, failed: 0, skipped: 0 };
const skips = [];
const problems = status === 0 ? [] : ['a test run failed, see above'];
const results = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => ({
    name,
    path: join(root, folder, name, 'test-results', 'vitest.json'),
  })),
);
await suite('check', ...vitest('tools/check/vitest.config.mjs'));
if (isFull) {
  // What is installed is tested one file after the other.
  const inTurn = async () => {
    await suite('long', ...vitest('tools/vitest/suites/long.config.mjs'));
    await suite('fuzz', ...vitest('tools/vitest/suites/fuzz.config.mjs'));
    await suite('site', ...vitest('apps/site/test/vitest.config.mjs'));
  };
  await Promise.all([inTurn(), suite('consumer', 'tools/release/check.mjs')]);
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
    /** @type {string[]} */
    const faults = [];
    for (const test of file.assertionResults) {
      fuzzed += test.meta?.cases ?? 0;
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') {
        counts.failed++;
        faults.push(`${name}: ${test.fullName.trim()} (${relative(root, file.name)})\n${cause(test.failureMessages)}`);
      } else {
        counts.skipped++;
        skips.push(`${name}: ${test.fullName.trim()}`);
      }
    }
    // Of a log, often only the end is kept: a few of each file are named there.
    problems.push(...faults.slice(0, NAMED));
    if (faults.length > NAMED)
      problems.push(`${name}: ${faults.length - NAMED} more tests failed in ${relative(root, file.name)}`);
  }
}

/**
 * What a test failed with: the first lines of the first error, indented, without colours.
 *
 * @param {string[] | undefined} messages
 */
function cause([message = 'no message'] = []) {
  const lines = stripVTControlCharacters(message).split('\n').slice(0, 12);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n');
}

/**
 * Arguments of Node that run vitest.
 *
 * @param {string} config
 * @returns {[string, ...string[]]}
 */
function vitest(config) {
  return [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config];
}

/**
 * Runs tests that belong to no package; each of their lines begins with their name.
 *
 * @param {string} name
 * @param {[string, ...string[]]} args Of Node.
 */
async function suite(name, ...args) {
  const path = join(root, 'test-results', `${name}.json`);
  rmSync(path, { force: true });
  results.push({ name, path });
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...process.env },
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => console.log(`${name}: ${line}`));
  const [code] = await once(child, 'close');
  if (code !== 0) problems.push(`the ${name} tests failed, see above`);
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
