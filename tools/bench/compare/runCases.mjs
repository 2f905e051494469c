// A process that runs the cases of one package on one backend, when it is told to:
//
//     node runCases.mjs packages/ct-x wasm
//
// `packages/ct-x/bench/cases.mjs` exports `backends`, of which 'node' is none at all, and `cases({ tf, backend })`: by
// name, what is to be timed. The first line says what there is, as JSON: `{ cases }` or `{ skipped }`, the reason. Each
// line that comes in is the name of a case, and is answered by `{ ms }`, of one call, or by `{ error }`.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** What a turn takes at least, so that the clock and a collection of garbage say little, in ms. */
const TURN = 30;

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

const { tf, skipped } = await start();
if (skipped !== undefined) say({ skipped });
else {
  const { cases } = await import(pathToFileURL(join(resolve(folder), 'bench', 'cases.mjs')).href);
  /** @type {Record<string, () => unknown>} */
  const runs = await cases({ tf, backend });
  say({ cases: Object.keys(runs) });
  /** @type {Map<string, number>} How often a case is called in a turn. */
  const calls = new Map();
  for await (const name of createInterface({ input: process.stdin }))
    try {
      const run = /** @type {() => unknown} */ (runs[name]);
      const time = async (/** @type {number} */ times) => {
        const begun = performance.now();
        for (let i = 0; i < times; i++) await run();
        return (performance.now() - begun) / times;
      };
      if (!calls.has(name)) {
        await time(3);
        calls.set(name, Math.min(1000, Math.ceil(TURN / Math.max(1e-3, await time(1)))));
      }
      say({ ms: await time(/** @type {number} */ (calls.get(name))) });
    } catch (error) {
      say({ error: /** @type {Error} */ (error).message });
    }
}
