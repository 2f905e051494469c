// Times the fused activation kernels against the literal formula composed of stock tfjs ops, and against ReLU, in
// headless Chromium without a graphics card, and prints a JSON record. The packages must be built.
//
//     node tools/bench/activationBrowser.mjs webgl
//     node tools/bench/activationBrowser.mjs webgpu
//
// The runs are interleaved in one page; a time ends when one number that depends on the result has been read back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build } from 'vite';
import { chromiumArgs, findChromium } from '../chromium.mjs';

const backend = process.argv[2] ?? 'webgl';
const rounds = Number(process.argv[3] ?? 9);
const activation = fileURLToPath(new URL('../../packages/ct-activation', import.meta.url));

// Inside the package, where its dependencies resolve.
const folder = mkdtempSync(join(activation, 'out-bench-'));
try {
  writeFileSync(join(folder, 'page.js'), pageSource(backend));
  await build({
    root: folder,
    logLevel: 'error',
    resolve: { dedupe: ['@tensorflow/tfjs-core'] },
    build: { lib: { entry: 'page.js', formats: ['es'], fileName: 'page' }, outDir: 'out', target: 'esnext' },
  });
  const result = await runPage(readFileSync(join(folder, 'out', 'page.js'), 'utf8'));
  console.log(JSON.stringify({ command: `node tools/bench/activationBrowser.mjs ${backend} ${rounds}`, cpu: cpus()[0].model, cores: cpus().length, ...result }, null, 2));
} finally {
  rmSync(folder, { recursive: true });
}

async function runPage(script) {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : '<!doctype html><meta charset="utf-8">');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: findChromium(), args: [...chromiumArgs, '--disable-gpu-watchdog'] });
  try {
    const page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    // A lost device would leave the page waiting for ever.
    const timeout = new Promise((_, reject) => setTimeout(reject, 600_000, new Error('the page did not finish within ten minutes')).unref());
    return await Promise.race([page.evaluate(async (rounds) => (await import('/page.js')).run(rounds), rounds), timeout]);
  } finally {
    await browser.close();
    server.close();
  }
}

function pageSource(backend) {
  const measure = fileURLToPath(new URL('activationTimes.mjs', import.meta.url));
  return `
    import * as tf from '@tensorflow/tfjs';
    import '@tensorflow/tfjs-backend-${backend}';
    import { ctu } from '@curvature-tuning/activation';
    import '@curvature-tuning/activation/${backend}';
    import { measureActivation } from ${JSON.stringify(measure)};
    export async function run(rounds) {
      await tf.setBackend('${backend}');
      return measureActivation(tf, ctu, rounds);
    }
  `;
}
