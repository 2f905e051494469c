// A page and a Web Worker as webpack, esbuild and Vite bundle them, from the packages that they need and no others, on
// each backend of browsers.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { once } from 'node:events';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArgs, findChromium } from '../vitest/chromium.mjs';
import { consumerOrReason, runIn } from './consumer.mjs';

const BUNDLERS = { webpack: '5.113.0', 'webpack-cli': '7.3.1', esbuild: '0.28.2', vite: '8.3.8' };
const TFJS = ['core', 'layers', 'backend-wasm', 'backend-webgl', 'backend-webgpu'];

/** From the folder of the program to the one that is served. @type {Record<string, (out: string) => string[]>} */
const builds = {
  webpack: (out) => [
    'webpack-cli/bin/cli.js',
    '--mode=production',
    '--entry=./main.js',
    '--output-filename=main.js',
    `--output-path=${out}`,
    '--no-devtool',
  ],
  esbuild: (out) => ['esbuild/bin/esbuild', 'main.js', 'worker.js', '--bundle', '--format=esm', `--outdir=${out}`],
  vite: (out) => ['vite/bin/vite.js', 'build', '--base=./', `--outDir=${out}`],
};
const INDEX = '<!doctype html><title>running</title><script type="module" src="./main.js"></script>';

function install() {
  return consumerOrReason('bundlers', {
    packages: ['ct-activation', 'ct-layers'],
    others: [
      ...TFJS.map((name) => `@tensorflow/tfjs-${name}@4.22.0`),
      ...Object.entries(BUNDLERS).map(([name, version]) => `${name}@${version}`),
    ],
  });
}

const executablePath = findChromium();
const { folder = '', reason } = executablePath === undefined ? { reason: 'needs Chromium' } : await install();

if (reason !== undefined) it.skip(`bundlers (${reason})`);
else
  describe.each(Object.keys(builds))('%s', (bundler) => {
    /** @type {import('playwright').Browser} */
    let browser;
    /** @type {{ address: string, close: () => void }} */
    let server;
    beforeAll(async () => {
      const [program, out] = [join(folder, bundler), join(folder, `${bundler}-built`)];
      for (const place of [program, out]) rmSync(place, { recursive: true, force: true });
      cpSync(join(import.meta.dirname, 'curve'), program, { recursive: true });
      mkdirSync(out);
      for (const place of bundler === 'vite' ? [program] : [program, out])
        writeFileSync(join(place, 'index.html'), INDEX);
      const [tool = '', ...args] = builds[bundler]?.(out) ?? [];
      const { status, output } = await runIn(program, process.execPath, [join(folder, 'node_modules', tool), ...args]);
      expect(status, output).toBe(0);
      server = await serve([out, join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out')]);
      browser = await chromium.launch({ executablePath, args: chromiumArgs });
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    it.each(['page', 'worker'].flatMap((where) => ['wasm', 'webgl', 'webgpu'].map((backend) => [where, backend])))(
      'in a %s on %s: phi to 1e-5, by the fused kernel',
      async (where, backend) => {
        const page = await browser.newPage();
        await page.goto(`${server.address}?backend=${backend}&in=${where}`);
        await page.waitForFunction(() => globalThis.document.title.startsWith('{'), undefined, { timeout: 60_000 });
        const { error, ...rest } = JSON.parse(await page.title());
        expect(rest).toEqual({ backend, isFused: true });
        expect(error).toBeLessThan(1e-5);
        await page.close();
      },
    );
  });

/**
 * Serves the first folder, and the second as `/wasm`.
 *
 * @param {readonly [string, string]} folders
 */
async function serve([out, wasm]) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page.test').pathname.replace(/\/$/, '/index.html');
    const file = path.startsWith('/wasm/') ? join(wasm, path.slice('/wasm/'.length)) : join(out, path);
    try {
      const body = readFileSync(file);
      const type = types[/** @type {keyof typeof types} */ (extname(file))];
      response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}
