// `ct steer` or `ct tune` in a folder, then `ct apply` of the adapter that it left, and what both say.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the peak of a process' memory, in kilobytes, to its fourth stream when it ends. */
const METER = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));`;

/**
 * @typedef {object} Run
 * @property {number} code
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} seconds
 * @property {number} peakMB The most memory that the process held.
 * @property {number | null} firstProgress Seconds from its first line to the first of its progress.
 */

/**
 * Runs `ct`, a script or an installed program, in a folder.
 *
 * @param {string} ct Path of its script.
 * @param {string} folder
 * @param {string[]} args
 * @returns {Promise<Run>}
 */
export function runCt(ct, folder, args) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const meter = `data:text/javascript,${encodeURIComponent(METER)}`;
    const child = spawn(process.execPath, ['--import', meter, ct, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '', peak: '' };
    /** @type {number | undefined} */
    let first;
    /** @type {number | null} */
    let firstProgress = null;
    /**
     * @param {import('node:stream').Readable} stream
     * @param {'stdout' | 'stderr' | 'peak'} name
     */
    const hear = (stream, name) =>
      stream.setEncoding('utf8').on('data', (text) => {
        first ??= performance.now();
        said[name] += text;
        if (firstProgress === null && /^\d+\/\d+ \(/m.test(said.stderr))
          firstProgress = (performance.now() - first) / 1000;
      });
    const [, stdout, stderr, peak] = /** @type {import('node:stream').Readable[]} */ ([...child.stdio]);
    hear(stdout, 'stdout');
    hear(stderr, 'stderr');
    hear(peak, 'peak');
    child.on('error', reject);
    child.on('close', (code) => {
      const { stdout, stderr, peak } = said;
      const seconds = (performance.now() - begun) / 1000;
      if (code !== 0) reject(new Error(`ct ${args.join(' ')} ended with ${code}: ${stderr}`));
      else resolve({ code, stdout, stderr, seconds, peakMB: Number(peak) / 1024, firstProgress });
    });
  });
}

/**
 * Adapts, and applies what that left to the test photos in a process of its own.
 *
 * @param {string} ct
 * @param {string} folder Has the model `model` and the photos `photos`.
 * @param {'steer' | 'tune'} command
 * @param {string[]} options Further ones. The output folder is called after the command.
 */
export async function adaptInFolder(ct, folder, command, options) {
  const common = ['--model', 'model', '--data', 'photos', '--output', command];
  const adapted = await runCt(ct, folder, [command, ...common, ...options]);
  /** @type {import('@curvature-tuning/cli').SteerReport} */
  const report = JSON.parse(readFileSync(join(folder, command, 'report.json'), 'utf8'));
  const [{ data, outcomes, sct, test }] = report.results;
  const adapter = `${command}/adapter.safetensors`;
  const applied = await runCt(ct, folder, ['apply', 'model', adapter, 'photos/test', '--format', 'json', '--top', '3']);
  /** @type {import('@curvature-tuning/cli').Prediction[]} */
  const predictions = JSON.parse(applied.stdout);
  const kept = adapted.stdout.includes('Adapter (S-CT') ? 'sct' : 'tct';
  const expected = outcomes[kept]?.predicted.map((index) => test.classes[index]) ?? [];
  const right = predictions.filter(({ label, classes }) => label === classes[0].name).length;
  return {
    command: report.command,
    data,
    outcomes: Object.fromEntries(
      Object.entries(outcomes).map(([method, { testAccuracy, validationAccuracy, parameters, seconds, bestEpoch }]) => [
        method,
        { testAccuracy, validationAccuracy, parameters, seconds, ...(bestEpoch !== undefined && { bestEpoch }) },
      ]),
    ),
    ...(sct && { sct: { beta: sct.beta, steered: sct.steered, ties: sct.ties, atEdge: sct.atEdge } }),
    ...costsOf(adapted),
    applied: {
      adapter: kept,
      testAccuracy: right / predictions.length,
      /** Whether every photo is taken for what it was taken for in the run. */
      same:
        predictions.length === test.labels.length &&
        predictions.every(
          ({ label, classes }, i) => label === test.classes[test.labels[i]] && classes[0].name === expected[i],
        ),
      ...costsOf(applied),
    },
  };
}

/**
 * The test accuracy of the paper's probe: Adam from a random head, epochs as the paper has them.
 *
 * @param {string} ct
 * @param {string} folder
 */
export async function paperProbe(ct, folder) {
  const common = ['--model', 'model', '--data', 'photos', '--output', 'paper'];
  await runCt(ct, folder, ['steer', ...common, '--methods', 'probe', '--protocol', 'paper']);
  const { results } = JSON.parse(readFileSync(join(folder, 'paper', 'report.json'), 'utf8'));
  return results[0].outcomes.probe.testAccuracy;
}

/** @param {Run} run */
function costsOf({ seconds, peakMB, firstProgress }) {
  return {
    seconds: round(seconds),
    peakMB: Math.round(peakMB),
    firstProgressSeconds: firstProgress && round(firstProgress),
  };
}

/** @param {number} seconds */
function round(seconds) {
  return Number(seconds.toFixed(2));
}
