// What the built site costs and how it looks: frame rate, longest task, layout shift and bundle sizes, as a record in
// tools/bench/results; pictures of each pane, in docs/site. After `npm run site:build`:
//
//     node apps/site/scripts/record.mjs
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { dist, openSite, said } from '../test/builtSite.mjs';

const root = join(dist, '../../../..');
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('record.mjs needs Chromium: install it, or set CT_CHROMIUM');
const site = await openSite(executablePath);
const PANES = { boundary: /Trained/, 'four-ways': /Ready/, images: /Ready/ };

/** Weights and data sets, which come as scripts. */
const DATA = /safetensors|idx\d-ubyte|splits/;

/** What a page does while it loads, and from then on; as text, it runs there. */
const OBSERVE = `
  tasks = []; shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration)))
    .observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((one) => one.hadRecentInput || (shift += one.value)))
    .observe({ type: 'layout-shift', buffered: true });`;

/** Frames in which the boundary moved while beta was turned for three seconds; as text, it runs in the page. */
const TURN = `new Promise((done) => {
  const slider = document.querySelector('#beta');
  const line = document.querySelector('[data-test=boundary]');
  const began = performance.now();
  let moved = 0, last = '';
  const frame = () => {
    const seconds = (performance.now() - began) / 1000;
    if (line.getAttribute('d') !== last) { moved++; last = line.getAttribute('d'); }
    if (seconds > 3) return done(moved / seconds);
    slider.value = String(0.75 + 0.24 * Math.sin(5 * seconds));
    slider.dispatchEvent(new Event('input'));
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})`;

/**
 * @param {string} backend
 */
async function boundaryOn(backend) {
  const { page } = await site.visit(`playground/boundary.html?backend=${backend}`);
  await page.evaluate(OBSERVE);
  await said(page, PANES.boundary);
  const training = await page.evaluate('Math.max(0, ...tasks)');
  await page.waitForTimeout(1000);
  await page.evaluate('tasks.length = 0');
  const framesPerSecond = Number(await page.evaluate(TURN));
  const turning = await page.evaluate('Math.max(0, ...tasks)');
  const layoutShift = await page.evaluate('shift');
  await page.context().close();
  return {
    framesPerSecond: Number(framesPerSecond.toFixed(1)),
    longestTaskMs: { untilTrained: training, turning },
    layoutShift,
  };
}

/** Kilobytes, gzip, of the scripts that a pane fetches before it is ready, its worker's too, weights aside. */
async function scriptsOf(/** @type {keyof typeof PANES} */ pane) {
  const { page } = await site.visit('index.html');
  /** @type {Set<string>} */
  const fetched = new Set();
  page.on('request', (request) => fetched.add(decodeURIComponent(new URL(request.url()).pathname)));
  await page.goto(`${site.url}playground/${pane}.html`);
  await said(page, PANES[pane]);
  await page.context().close();
  const base = new URL(site.url).pathname;
  const scripts = [...fetched].filter((path) => path.endsWith('.js') && !DATA.test(path) && path.startsWith(base));
  const kilobytes = scripts.map((path) => gzipSync(readFileSync(join(dist, path.slice(base.length)))).length / 1000);
  return Math.round(kilobytes.reduce((a, b) => a + b, 0));
}

/** Pictures of a pane at two widths, light and dark. */
async function pictures(/** @type {keyof typeof PANES} */ pane) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark']))
    for (const width of [360, 1280]) {
      const viewport = { width, height: 900 };
      const { page } = await site.visit(`playground/${pane}.html`, { colorScheme, viewport, reducedMotion: 'reduce' });
      await said(page, PANES[pane]);
      if (pane === 'four-ways') {
        await page.getByRole('button', { name: 'Train' }).click();
        await said(page, /Done/);
      }
      if (pane === 'images') {
        await page.locator('[data-test=samples]').click();
        await said(page, /scikit/);
        for (const method of ['Linear probe', 'T-CT']) {
          await page.locator('fieldset label', { hasText: method }).click();
          await page.locator('[data-test=adapt]').click();
          await said(page, new RegExp(`Done: ${method}`));
        }
      }
      await page.waitForTimeout(500);
      // Without the bar that stays at the top.
      await page.addStyleTag({ content: '.VPNav, .VPLocalNav, .VPSidebar { display: none !important }' });
      await page.locator('.pane').screenshot({ path: join(root, 'docs/site', `${pane}-${width}-${colorScheme}.png`) });
      await page.context().close();
    }
}

mkdirSync(join(root, 'docs/site'), { recursive: true });
const names = /** @type {(keyof typeof PANES)[]} */ (Object.keys(PANES));
const record = {
  command: 'node apps/site/scripts/record.mjs',
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
  hardware: `${cpus().length} × ${cpus()[0]?.model}`,
  loadAverage: loadavg()[0],
  browser: execFileSync(executablePath, ['--version'], { encoding: 'utf8' }).trim(),
  boundary: { wasm: await boundaryOn('wasm'), webgl: await boundaryOn('webgl') },
  /** Kilobytes, gzip. */
  scripts: Object.fromEntries(await Promise.all(names.map(async (name) => [name, await scriptsOf(name)]))),
  pages: readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html')).length,
};
for (const name of names) await pictures(name);
await site.close();
writeFileSync(join(root, 'tools/bench/results/site.json'), `${JSON.stringify(record, null, 2)}\n`);
console.log(JSON.stringify(record, null, 2));
