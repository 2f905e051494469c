// This package's AutoAttack beside the PyTorch original, in turns on the same machine: figures and seconds of both.
//
//   git clone https://github.com/fra31/auto-attack
//   node experiments/autoattackOriginal.mjs --original auto-attack [--backends tensorflow,wasm] [--repeats 3]
//        [--runs nat:Linf:0.05:standard,nat:L2:0.5:standard,nat:L1:5:standard,nat:Linf:0.05:plus,nat:Linf:0.05:rand]
//
// Expected time: 2 to 6 minutes a run and backend on two quiet cores. Expected numbers: accuracies within 2 of 200
// images of the original's; tensorflow takes no longer than the original. Writes results/autoattack-original.json.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { circumstances, writeResult } from './record.mjs';

const { values } = parseArgs({
  options: {
    original: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    backends: { type: 'string', default: 'tensorflow,wasm' },
    repeats: { type: 'string', default: '1' },
    images: { type: 'string', default: '200' },
    runs: {
      type: 'string',
      default: 'nat:Linf:0.05:standard,nat:L2:0.5:standard,nat:L1:5:standard,nat:Linf:0.05:plus,nat:Linf:0.05:rand',
    },
  },
});
if (!values.original) throw new Error('pass --original <folder>, a clone of https://github.com/fra31/auto-attack');
const script = fileURLToPath(new URL('../tools/golden/reference/autoattack.py', import.meta.url));
const ours = fileURLToPath(new URL('./autoattackOnce.mjs', import.meta.url));
const name = 'autoattack-original';
const stored = new URL(`./results/${name}.json`, import.meta.url);
const runs = existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')).runs : [];
// A hidden folder of the machine would say nothing to others.
const { command, ...rest } = circumstances(values.backends);

/** @typedef {{ seconds: number, accuracyAfter: Record<string, number> }} Measured */

for (const run of values.runs.split(',')) {
  const [net, norm, eps, version] = run.split(':');
  const args = ['--net', net, '--norm', norm, '--eps', eps, '--version', version, '--images', values.images];
  /** @type {{ original: Measured[], [backend: string]: Measured[] }} */
  const measured = { original: [], ...Object.fromEntries(values.backends.split(',').map((backend) => [backend, []])) };
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    const seed = ['--seed', String(repeat)];
    measured.original.push(
      JSON.parse(
        execFileSync(values.python, [script, '--original', values.original, ...args, ...seed], {
          encoding: 'utf8',
          maxBuffer: 2 ** 24,
        })
          .trim()
          .split('\n')
          .at(-1) ?? '',
      ),
    );
    for (const backend of values.backends.split(',')) {
      measured[backend]?.push(
        JSON.parse(
          execFileSync(process.execPath, [ours, '--backend', backend, ...args, ...seed], {
            encoding: 'utf8',
            env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
          })
            .trim()
            .split('\n')
            .at(-1) ?? '',
        ),
      );
    }
  }
  const median = (/** @type {Measured[]} */ list) =>
    list.map(({ seconds }) => seconds).sort((a, b) => a - b)[list.length >> 1];
  const ratio = Object.fromEntries(
    Object.entries(measured).map(([who, list]) => [who, median(list) / median(measured.original)]),
  );
  const summary = {
    net,
    norm,
    eps: Number(eps),
    version,
    images: Number(values.images),
    secondsRelativeToOriginal: ratio,
    measured,
  };
  runs.push({ ...summary, command: command.replace(values.original, 'auto-attack'), ...rest });
  await writeResult(name, { what: 'AutoAttack here and in the PyTorch original, run in turns on one machine', runs });
  console.log(run, JSON.stringify(ratio));
  for (const [who, list] of Object.entries(measured))
    console.log(' ', who, JSON.stringify(list.map(({ accuracyAfter, seconds }) => [accuracyAfter, seconds])));
}
