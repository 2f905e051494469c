// A process that runs the cases of one package on one backend, when it is told to:
//
//     node runCases.mjs packages/ct-x wasm
//
// `packages/ct-x/bench/cases.mjs` exports `backends`, of which 'node' is none at all, and webgl and webgpu run in
// Chromium; and `cases({ tf, backend })`: by name, what is to be timed. The first line says what there is, as JSON:
// `{ cases }` or `{ skipped }`, the reason. Each line that comes in is the name of a case, and is answered by `{ ms }`,
// of one call, or by `{ error }`.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { IN_PAGES, openPage } from './inPage.mjs';

/** What a turn takes at least, so that the clock and a collection of garbage say little, in ms. */
const TURN = 30;
/** For how long a case runs before it counts, in ms. */
const WARM_UP = 500;

const [folder = '', backend = ''] = process.argv.slice(2);
const from = createRequire(join(resolve(folder), 'package.json'));
const load = (/** @type {string} */ name) => import(pathToFileURL(from.resolve(name)).href);
const say = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** tfjs with the backend, or why it is not there. */
async function start() {
  if (backend === 'node') return { tf: undefined };
  if (backend === 'tensorflow') {
    try {
      return { tf: (await load('@tensorflow/tfjs-node')).default };
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      return { skipped: `tfjs-node does not load (npx ct-node setup): ${message.split('\n')[0]}` };
    }
  }
  const tf = (await load('@tensorflow/tfjs')).default;
  if (backend === 'wasm') await load('@tensorflow/tfjs-backend-wasm');
  tf.enableProdMode();
  return (await tf.setBackend(backend)) ? { tf } : { skipped: `the backend ${backend} does not start` };
}

/**
 * The time, in ms. Backends of one thread are timed by the processor's, which says the same on a machine where others
 * run programs; cases without one may wait for files or other processes, and TensorFlow's threads share their work.
 */
function now() {
  if (backend !== 'cpu' && backend !== 'wasm') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The cases in this process, as `openPage` has them in a page. */
async function inProcess() {
  const { tf, skipped } = await start();
  if (skipped !== undefined) return { skipped };
  const { cases } = await import(pathToFileURL(join(resolve(folder), 'bench', 'cases.mjs')).href);
  /** @type {Record<string, () => unknown>} */
  const runs = await cases({ tf, backend });
  const time = async (/** @type {string} */ name, /** @type {number} */ times) => {
    const run = /** @type {() => unknown} */ (runs[name]);
    const begun = now();
    for (let i = 0; i < times; i++) await run();
    return (now() - begun) / times;
  };
  return { names: Object.keys(runs), time, end: () => Promise.resolve() };
}

const isInPage = (/** @type {string} */ name) => name in IN_PAGES;
const opened = isInPage(backend)
  ? await openPage(resolve(folder), /** @type {keyof typeof IN_PAGES} */ (backend))
  : await inProcess();
if (opened.skipped !== undefined) say({ skipped: opened.skipped });
else {
  const { names, time, end } = opened;
  process.once('SIGTERM', () => void end().finally(() => process.exit()));
  say({ cases: names });
  /** @type {Map<string, number>} How often a case is called in a turn. */
  const calls = new Map();
  for await (const name of createInterface({ input: process.stdin }))
    try {
      if (!calls.has(name)) {
        // Until it is compiled for good: else each process finds another number of calls, and stays at another stage.
        const begun = performance.now();
        do await time(name, 1);
        while (performance.now() - begun < WARM_UP);
        calls.set(name, Math.min(1000, Math.ceil(TURN / Math.max(1e-3, await time(name, 3)))));
      }
      say({ ms: await time(name, /** @type {number} */ (calls.get(name))) });
    } catch (error) {
      say({ error: /** @type {Error} */ (error).message });
    }
  await end();
}
