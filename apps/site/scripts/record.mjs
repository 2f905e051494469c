// What the built site costs and how it looks: frame rates, longest tasks, layout shift, what axe finds, what swapping
// costs and sizes, as a record in tools/bench/results; pictures of each pane, in docs/site. After `npm run site:build`:
//
//     node apps/site/scripts/record.mjs            # all of it
//     node apps/site/scripts/record.mjs pictures   # the pictures alone; `attack` and other panes: theirs alone
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { dist, openSite, said } from '../test/builtSite.mjs';

/** @typedef {import('playwright').Page} Page */

const root = join(dist, '../../../..');
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('record.mjs needs Chromium: install it, or set CT_CHROMIUM');
const site = await openSite(executablePath);
const wishes = process.argv.slice(2);
/** A run may wait for a busy machine. */
const PATIENCE = 600_000;

/**
 * Each pane: what it says once it is there, and its work, which is done behind the page.
 *
 * @type {Record<string, { ready: RegExp, work: (page: Page) => Promise<void> }>}
 */
const PANES = {
  boundary: {
    ready: /Trained/,
    work: async (page) => {
      await page.locator('fieldset label', { hasText: 'Circles' }).click();
      await said(page, /Training/, PATIENCE);
      await said(page, /Trained/, PATIENCE);
    },
  },
  'four-ways': {
    ready: /Ready/,
    work: async (page) => {
      await page.getByRole('button', { name: 'Train' }).click();
      await said(page, /Done/, PATIENCE);
    },
  },
  images: {
    ready: /Ready/,
    work: async (page) => {
      await page.locator('[data-test=samples]').click();
      await said(page, /scikit/);
      for (const method of ['Linear probe', 'S-CT', 'T-CT']) {
        await page.locator('fieldset label', { hasText: method }).click();
        await page.locator('[data-test=adapt]').click();
        await said(page, new RegExp(`Done: ${method}`), PATIENCE);
      }
    },
  },
  attack: {
    ready: /Ready/,
    work: async (page) => {
      await page.getByRole('button', { name: /^Attack \d/ }).click();
      await said(page, /Done/, PATIENCE);
    },
  },
};
const NAMES = Object.keys(PANES);

/** Weights and data sets, which come as scripts. */
const DATA = /safetensors|idx\d-ubyte|splits/;

/** What moves while a page loads; as text, it runs there. */
const OBSERVE = `
  shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => one.hadRecentInput || (shift += one.value)))
    .observe({ type: 'layout-shift', buffered: true });`;

/**
 * The longest task of the page's main thread meanwhile, in ms of processor time: what else the machine does, which has
 * no part in it, would make any task long.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} meanwhile
 */
async function longestTask(page, meanwhile) {
  await site.browser.startTracing(page, { categories: ['toplevel'] });
  await meanwhile();
  /** @type {{ name: string, ph: string, pid: number, tid: number, tdur?: number, args?: { name?: string } }[]} */
  const events = JSON.parse((await site.browser.stopTracing()).toString()).traceEvents;
  const thread = ({ pid = 0, tid = 0 }) => `${pid} ${tid}`;
  const mains = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(thread),
  );
  const tasks = events.filter((event) => event.ph === 'X' && event.tdur !== undefined && mains.has(thread(event)));
  if (tasks.length === 0) throw new Error('record.mjs: the trace of Chromium has no tasks with their processor time');
  return Math.round(Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000);
}

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

/** Frames a second of the boundary while beta is turned, and the longest task of the page meanwhile. */
async function turning(/** @type {string} */ backend) {
  const { page } = await site.visit(`playground/boundary.html?backend=${backend}`);
  await said(page, /Trained/, PATIENCE);
  await page.waitForTimeout(2000);
  const rates = /** @type {number[]} */ ([]);
  const longestTaskCpuMs = await longestTask(page, async () => {
    // The best of three: a machine that does something else takes frames away.
    for (let i = 0; i < 3; i++) rates.push(Number(await page.evaluate(TURN)));
  });
  const framesPerSecond = Number(Math.max(...rates).toFixed(1));
  await page.context().close();
  return { framesPerSecond, longestTaskCpuMs };
}

/** A pane: its scripts, what moves as it loads, its longest tasks, and what axe finds. */
async function costOf(/** @type {string} */ pane) {
  const { page, faults } = await site.visit('index.html');
  await page.addInitScript(OBSERVE);
  await page.waitForLoadState('networkidle');
  /** @type {Set<string>} */
  const fetched = new Set();
  page.on('request', (request) => fetched.add(decodeURIComponent(new URL(request.url()).pathname)));
  const { ready, work } = PANES[pane];
  const untilReady = await longestTask(page, async () => {
    await page.goto(`${site.url}playground/${pane}.html`);
    await said(page, ready, PATIENCE);
  });
  const layoutShift = await page.evaluate('shift');
  const kilobytes = kilobytesOf([...fetched].filter((path) => path.endsWith('.js') && !DATA.test(path)));
  const atWork = await longestTask(page, () => work(page));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const swaps = pane === 'images' ? await swapping(page) : undefined;
  await page.context().close();
  if (faults.length > 0) throw new Error(`${pane}: ${faults.join('\n')}`);
  return { longestTaskCpuMs: { untilReady, atWork }, layoutShift, axeViolations: violations.length, kilobytes, swaps };
}

/** Of files of the site, gzip. */
function kilobytesOf(/** @type {readonly string[]} */ paths) {
  const base = new URL(site.url).pathname;
  const sizes = paths
    .filter((path) => path.startsWith(base))
    .map((path) => gzipSync(readFileSync(join(dist, path.slice(base.length)))).length / 1000);
  return Math.round(sizes.reduce((a, b) => a + b, 0));
}

/** 200 swaps between two adapters: milliseconds in the worker, and bytes that the page holds more than before. */
async function swapping(/** @type {Page} */ page) {
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const swap = async (/** @type {string} */ name) => {
    await page.getByRole('button', { name: `Use ${name}`, exact: true }).click();
    await page.locator('tr.used th', { hasText: name }).waitFor();
    const text = (await page.locator('[data-test=swap]').textContent()) ?? '';
    return Number(/in ([\d.]+) ms/.exec(text)?.[1]);
  };
  for (const name of ['S-CT', 'T-CT', 'S-CT']) await swap(name);
  const before = await heap();
  const took = [];
  for (let i = 0; i < 200; i++) took.push(await swap(i % 2 === 0 ? 'T-CT' : 'S-CT'));
  took.sort((a, b) => a - b);
  return { count: took.length, medianMs: took[100], longestMs: took.at(-1), heapBytesMore: (await heap()) - before };
}

/** Pictures of a pane at two widths, light and dark. */
async function pictures(/** @type {string} */ pane) {
  const { ready, work } = PANES[pane];
  for (const colorScheme of /** @type {const} */ (['light', 'dark']))
    for (const width of [360, 1280]) {
      const viewport = { width, height: 900 };
      const { page } = await site.visit(`playground/${pane}.html`, { colorScheme, viewport, reducedMotion: 'reduce' });
      await said(page, ready, PATIENCE);
      // The boundary is shown as it is first.
      if (pane !== 'boundary') await work(page);
      await page.waitForTimeout(1500);
      // Without the bar that stays at the top.
      await page.addStyleTag({ content: '.VPNav, .VPLocalNav, .VPSidebar { display: none !important }' });
      await page.locator('.pane').screenshot({ path: join(root, 'docs/site', `${pane}-${width}-${colorScheme}.png`) });
      await page.context().close();
    }
}

async function record() {
  const loadAverage = loadavg()[0];
  const boundary = { wasm: await turning('wasm'), webgl: await turning('webgl') };
  /** @type {Record<string, Awaited<ReturnType<typeof costOf>>>} */
  const panes = {};
  for (const name of NAMES) panes[name] = await costOf(name);
  const facts = {
    command: 'node apps/site/scripts/record.mjs',
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    hardware: `${cpus().length} × ${cpus()[0]?.model}`,
    loadAverage,
    browser: execFileSync(executablePath ?? '', ['--version'], { encoding: 'utf8' }).trim(),
    boundary,
    panes,
    pages: readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html')).length,
  };
  writeFileSync(join(root, 'tools/bench/results/site.json'), `${JSON.stringify(facts, null, 2)}\n`);
  console.log(JSON.stringify(facts, null, 2));
}

if (wishes.length === 0) await record();
mkdirSync(join(root, 'docs/site'), { recursive: true });
const pictured = NAMES.filter((name) => wishes.includes(name));
for (const name of pictured.length > 0 ? pictured : NAMES) await pictures(name);
await site.close();
