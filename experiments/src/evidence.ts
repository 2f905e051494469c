/**
 * `npm run evidence`: runs the small twins of all studies on this machine, and draws docs/evidence.md from the records.
 *
 *     npm run evidence [-- --only transfer,robustness] [--full] [--concurrency 2] [--render]
 *     npm run evidence -- --scale paper [--only transfer] [--where method=probe,seed=42] [--list] [--backend node]
 *
 * One seed and few epochs, a quarter of an hour on two cores; `--full`: three seeds and 10 epochs, an hour. What is
 * done is kept in experiments/.evidence, and an interrupted run goes on; the records come out the same, byte by byte.
 * `--render` runs nothing. `--folder` names a folder that other machines share: `ct worker --folder …` helps there.
 *
 * `--scale paper`: the paper's own networks, sets, grids and seeds. Says which cells can run with what is on this
 * machine and which lack what, with the command that gets it, and runs those that can, hours to days each; `--list`
 * runs none, and `--where` takes those alone whose specification has these values.
 */
import { cellsOf, loadKinds } from '@curvature-tuning/sweep';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runPaper } from './paper/runPaper.js';
import { writeRecords } from './records.js';
import { render } from './render.js';
import { runCells } from './runCells.js';
import { studies } from './studies/index.js';
import { SIZES } from './studies/study.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    full: { type: 'boolean', default: false },
    scale: { type: 'string', default: 'twin' },
    backend: { type: 'string', default: 'wasm' },
    where: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
    concurrency: { type: 'string' },
    folder: { type: 'string' },
  },
});
const wanted = options.only?.split(',') ?? studies.map(({ name }) => name);
const unknown = wanted.find((name) => !studies.some((study) => study.name === name));
if (unknown !== undefined)
  throw new RangeError(`evidence: --only must list ${studies.map(({ name }) => name).join(', ')}, got "${unknown}"`);
const { scale, backend } = options;
if (scale !== 'twin' && scale !== 'paper')
  throw new RangeError(`evidence: --scale must be twin or paper, got "${scale}"`);
if (backend !== 'wasm' && backend !== 'node')
  throw new RangeError(`evidence: --backend must be wasm or node, got "${backend}"`);
const size = scale === 'paper' ? scale : options.full ? 'full' : 'quick';
const module = new URL('./cells/index.js', import.meta.url).href;
const kinds = await loadKinds(module);
const folder = options.folder ?? fileURLToPath(new URL(`../.evidence/${size}`, import.meta.url));
process.env['CT_EVIDENCE_CACHE'] ??= join(folder, 'networks');
const concurrency = options.concurrency === undefined ? undefined : Number(options.concurrency);

if (!options.render) {
  const place = { module, kinds, folder, concurrency };
  if (size === 'paper') await runPaper(wanted, { ...place, backend, isList: options.list, where: options.where });
  else {
    const chosen = studies.filter(({ name }) => wanted.includes(name));
    const limits = { seconds: options.full ? 14_400 : 1800, memoryMB: 2000, attempts: 2 };
    const sweep = { name: 'evidence', cells: chosen.flatMap(({ cells }) => cells(SIZES[size])), limits };
    const kept = await runCells(sweep, place);
    for (const study of chosen)
      await writeRecords(study.name, size, cellsOf({ ...sweep, cells: study.cells(SIZES[size]) }, kinds), kept);
  }
}
if (!options.list) {
  const missing = await render(studies);
  if (missing.length > 0) console.log(`without records: ${missing.join(', ')}`);
  console.log('docs/evidence.md, docs/evidence/ and experiments/records/ are written');
}
