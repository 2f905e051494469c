// Times the cases of a package in two checkouts, in turns.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { changeOf, isDecided, median } from './change.mjs';
import { confirm } from './confirm.mjs';

/** How often the rounds are repeated, at most, where a machine is too busy to say by the first. */
const MOST_TIMES = 5;

/**
 * @typedef {object} Measured
 * @property {string} name
 * @property {string} backend
 * @property {number} [ms] Median of this checkout.
 * @property {number} [before] Median of the baseline.
 * @property {import('./change.mjs').Change} [change]
 * @property {string} [skipped] Why there is no number, or no comparison.
 */

/**
 * Measures all cases on a backend; what changed, by more pairs of processes.
 *
 * @param {{ root: string, baseline?: string | undefined, package: string, backend: string, rounds: number }} what
 * @returns {Promise<Measured[]>}
 */
export async function measure(what) {
  return confirm(await timed(what), (names, pair) => timed(what, names, pair % 2 === 1));
}

/**
 * @param {Parameters<typeof measure>[0]} what
 * @param {readonly string[]} [only] Names of cases.
 * @param {boolean} [isBaselineFirst] Starts its process before that of this checkout.
 * @returns {Promise<Measured[]>}
 */
async function timed({ root, baseline, package: folder, backend, rounds }, only, isBaselineFirst = false) {
  /** @type {Side[]} */
  const sides = [];
  const start = async (/** @type {string} */ checkout) => {
    const side = await open(checkout, folder, backend);
    sides.push(side);
    return side;
  };
  try {
    const early = isBaselineFirst && baseline !== undefined ? await start(baseline) : undefined;
    const now = await start(root);
    if (now.skipped !== undefined) return [{ name: 'all cases', backend, skipped: now.skipped }];
    const before = early ?? (baseline === undefined ? undefined : await start(baseline));
    /** @type {Measured[]} */
    const measured = [];
    for (const name of now.cases.filter((one) => only?.includes(one) ?? true)) {
      const compared = before !== undefined && before.cases.includes(name) ? before : undefined;
      const reason = `not in the baseline${before?.skipped === undefined ? '' : `: ${before.skipped}`}`;
      const skipped = before !== undefined && compared === undefined ? { skipped: reason } : {};
      measured.push({ name, backend, ...skipped, ...(await compare(name, now, compared, rounds)) });
    }
    return measured;
  } finally {
    for (const side of sides) side.end();
  }
}

/**
 * @param {string} name
 * @param {Side} now
 * @param {Side | undefined} before
 * @param {number} rounds
 */
async function compare(name, now, before, rounds) {
  /** @type {[ours: number[], theirs: number[]]} */
  const [ours, theirs] = [[], []];
  try {
    const isDone = (/** @type {number} */ round) => {
      if (round < rounds || before === undefined) return round >= rounds;
      return round >= MOST_TIMES * rounds || (round % rounds === 0 && isDecided(changeOf(ours, theirs)));
    };
    for (let round = 0; !isDone(round); round++) {
      // Who goes first alternates.
      const order = round % 2 === 0 ? [now, before] : [before, now];
      for (const side of order) if (side !== undefined) (side === now ? ours : theirs).push(await side.time(name));
    }
  } catch (error) {
    return { skipped: /** @type {Error} */ (error).message };
  }
  if (before === undefined) return { ms: median(ours) };
  return { ms: median(ours), before: median(theirs), change: changeOf(ours, theirs) };
}

/** @typedef {Awaited<ReturnType<typeof open>>} Side */

/**
 * Starts the cases of a checkout.
 *
 * @param {string} root
 * @param {string} folder Of the package.
 * @param {string} backend
 */
async function open(root, folder, backend) {
  const program = join(root, 'tools/bench/compare/runCases.mjs');
  const child = spawn(process.execPath, [program, join(root, 'packages', folder), backend], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** Passes over what libraries print. */
  const answer = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) {
        if (child.exitCode === null) await once(child, 'exit');
        throw new Error(`ended with ${child.exitCode}: ${said.trim().split('\n').slice(-6).join('\n')}`);
      }
      if (value.startsWith('{"')) return JSON.parse(value);
    }
  };
  const end = () => void child.kill();
  try {
    /** @type {{ cases?: string[], skipped?: string }} */
    const { cases = [], skipped } = await answer();
    const time = async (/** @type {string} */ name) => {
      // The threads of the other process may spin for a while, waiting for more work.
      await delay(20);
      child.stdin.write(`${name}\n`);
      const { ms, error } = await answer();
      if (error !== undefined) throw new Error(error);
      return /** @type {number} */ (ms);
    };
    return { cases, skipped, time, end };
  } catch (error) {
    end();
    const reason = /** @type {Error} */ (error).message;
    return { cases: [], skipped: reason, time: () => Promise.reject(new Error(reason)), end };
  }
}
