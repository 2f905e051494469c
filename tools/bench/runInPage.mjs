// Runs a module in headless Chromium (SwiftShader, without a graphics card) and gives what its `run` resolves to.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromiumArgs, findChromium } from '../vitest/chromium.mjs';

/** @type {typeof import('./runInPage.mjs').runInPage} */
export async function runInPage(within, source, settings) {
  const { build } = await import('vite');
  const { chromium } = await import('playwright');
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('this needs Chromium; install it, or set CT_CHROMIUM to its path');
  mkdirSync(join(within, 'out-tsc'), { recursive: true });
  const folder = mkdtempSync(join(within, 'out-tsc', 'bench-'));
  const server = createServer((request, response) => {
    // What the module imports when it needs it is a script of its own.
    const isScript = request.url?.endsWith('.js') === true;
    response
      .setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      .end(isScript ? readFileSync(join(folder, 'out', request.url ?? '')) : '<!doctype html><meta charset="utf-8">');
  });
  let browser;
  try {
    writeFileSync(join(folder, 'page.js'), source);
    await build({
      root: folder,
      logLevel: 'error',
      resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] },
      build: { lib: { entry: 'page.js', formats: ['es'], fileName: 'page' }, outDir: 'out', target: 'esnext' },
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    browser = await chromium.launch({ executablePath, args: [...chromiumArgs, '--disable-gpu-watchdog'] });
    const page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
    await page.goto(`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`);
    // A lost device would leave the page waiting for ever.
    const timeout = new Promise((_, reject) =>
      setTimeout(reject, 900_000, new Error('the page did not finish within 15 minutes')).unref(),
    );
    return await Promise.race([
      // As text: whatever runs this file would take the import for one of its own.
      page.evaluate(`import('/page.js').then(({ run }) => run(${JSON.stringify(settings)}))`),
      timeout,
    ]);
  } finally {
    await browser?.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
}
