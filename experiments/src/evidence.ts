/**
 * `npm run evidence`: runs the small twins of all studies on this machine, and draws docs/evidence.md from the records.
 *
 *     npm run evidence [-- --only transfer,robustness] [--full] [--concurrency 2] [--render]
 *
 * One seed and few epochs, 40 minutes on two quiet cores; `--full`: three seeds and 10 epochs, hours. What is done is
 * kept in experiments/.evidence, and an interrupted run goes on; the records come out the same, byte by byte.
 * `--render` runs nothing. `--folder` names a folder that other machines share: `ct worker --folder …` helps there.
 */
import { cellsOf, loadKinds, runSweep, SweepFolder, writePlan } from '@curvature-tuning/sweep';
import type { Sweep } from '@curvature-tuning/sweep';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeRecords } from './records.js';
import { render } from './render.js';
import { studies } from './studies/index.js';
import { SIZES } from './studies/study.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
    concurrency: { type: 'string' },
    folder: { type: 'string' },
  },
});
const wanted = options.only?.split(',') ?? studies.map(({ name }) => name);
const unknown = wanted.find((name) => !studies.some((study) => study.name === name));
if (unknown !== undefined)
  throw new RangeError(`evidence: --only must list ${studies.map(({ name }) => name).join(', ')}, got "${unknown}"`);
const size = options.full ? 'full' : 'quick';
const module = new URL('./cells/index.js', import.meta.url).href;
const kinds = await loadKinds(module);
const folder = options.folder ?? fileURLToPath(new URL(`../.evidence/${size}`, import.meta.url));
process.env['CT_EVIDENCE_CACHE'] ??= join(folder, 'networks');

if (!options.render) {
  const chosen = studies.filter(({ name }) => wanted.includes(name));
  const limits = { seconds: options.full ? 14_400 : 1800, memoryMB: 2000, attempts: 2 };
  const sweep: Sweep = { name: 'evidence', cells: chosen.flatMap(({ cells }) => cells(SIZES[size])), limits };
  await writePlan(folder, sweep, kinds);
  const summary = await runSweep(sweep, {
    ...{ module, folder },
    concurrency: options.concurrency === undefined ? undefined : Number(options.concurrency),
    onProgress: progressLine(),
  });
  const kept = new SweepFolder(folder);
  for (const hash of summary.failed) console.error(hash, await kept.failure(hash));
  if (summary.failed.length > 0 || summary.differing.length > 0) {
    console.error(
      `✗ ${summary.failed.length} cells failed, ${summary.differing.length} differ: ${summary.differing.join()}`,
    );
    process.exit(1);
  }
  for (const study of chosen)
    await writeRecords(study.name, size, cellsOf({ ...sweep, cells: study.cells(SIZES[size]) }, kinds), kept);
}
const missing = await render(studies);
if (missing.length > 0) console.log(`without records: ${missing.join(', ')}`);
console.log('docs/evidence.md, docs/evidence/ and experiments/records/ are written');

/** A line whenever another cell is done, with the time left. */
function progressLine(): (progress: { done: number; total: number; secondsLeft: number | null }) => void {
  let said = -1;
  return ({ done, total, secondsLeft }) => {
    if (done === said) return;
    said = done;
    console.log(`${done}/${total}${secondsLeft === null ? '' : ` (${Math.round(secondsLeft / 60)} min left)`}`);
  };
}
