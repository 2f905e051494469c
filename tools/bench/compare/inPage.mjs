// The cases of a package in a page of headless Chromium (SwiftShader), as runCases.mjs has them in a process.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromiumArgs, findChromium } from '../../vitest/chromium.mjs';

/** What a page imports of tfjs for each backend. */
export const IN_PAGES = {
  webgl: "import * as tf from '@tensorflow/tfjs';",
  webgpu: "import * as tf from '@tensorflow/tfjs';\nimport '@tensorflow/tfjs-backend-webgpu';",
};

/**
 * What runs the cases: `time` is of one call, in ms.
 *
 * @typedef {object} Opened
 * @property {string[]} names
 * @property {(name: string, times: number) => Promise<number>} time
 * @property {() => Promise<void>} end
 * @property {undefined} [skipped]
 */

/**
 * Bundles the cases, and opens them.
 *
 * @param {string} folder Of the package.
 * @param {keyof typeof IN_PAGES} backend
 * @returns {Promise<Opened | { skipped: string }>}
 */
export async function openPage(folder, backend) {
  const executablePath = findChromium();
  if (executablePath === undefined) return { skipped: 'there is no Chromium: install it, or set CT_CHROMIUM' };
  const { build } = await import('vite');
  const { chromium } = await import('playwright');
  mkdirSync(join(folder, 'out-tsc'), { recursive: true });
  const place = mkdtempSync(join(folder, 'out-tsc', 'bench-'));
  /** @type {import('playwright').Browser | undefined} */
  let browser;
  const server = createServer((request, response) => {
    const isScript = request.url?.endsWith('.js') === true;
    response
      .setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      .end(isScript ? readFileSync(join(place, 'out', request.url ?? '')) : '<!doctype html><meta charset="utf-8">');
  });
  const end = async () => {
    await browser?.close();
    server.close();
    rmSync(place, { recursive: true, force: true });
  };
  try {
    writeFileSync(join(place, 'page.js'), pageSource(backend));
    await build({
      root: place,
      configFile: false,
      logLevel: 'error',
      resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] },
      build: { lib: { entry: 'page.js', formats: ['es'], fileName: 'page' }, outDir: 'out', target: 'esnext' },
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const args = [...chromiumArgs, '--disable-gpu-watchdog'];
    browser = await chromium.launch({ executablePath, args, handleSIGTERM: false });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    // As text, which no loader of Node reads.
    const ask = (/** @type {string} */ what) => page.evaluate(`import('/page.js').then((page) => page.${what})`);
    const names = /** @type {string[] | null} */ (await ask('start()'));
    if (names === null) {
      await end();
      return { skipped: `Chromium does not start the backend ${backend} here` };
    }
    const time = (/** @type {string} */ name, /** @type {number} */ times) =>
      /** @type {Promise<number>} */ (ask(`time(${JSON.stringify(name)}, ${times})`));
    return { names, time, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @param {keyof typeof IN_PAGES} backend */
function pageSource(backend) {
  return `${IN_PAGES[backend]}
import { cases } from '../../bench/cases.mjs';
let runs;
export async function start() {
  tf.enableProdMode();
  if (!(await tf.setBackend('${backend}').catch(() => false))) return null;
  runs = await cases({ tf, backend: '${backend}' });
  return Object.keys(runs);
}
export async function time(name, times) {
  const begun = performance.now();
  for (let i = 0; i < times; i++) await runs[name]();
  return (performance.now() - begun) / times;
}
`;
}
