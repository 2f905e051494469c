// The programs of examples/, with packages as npm installs them: in Node, and as pages that Vite builds, in Chromium.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNsfwjs } from '../../experiments/nsfwjsFiles.mjs';
import { drawPhotos } from '../../experiments/photos.mjs';
import { root } from '../run/setup.mjs';
import { chromiumArgs, findChromium } from '../vitest/chromium.mjs';
import { consumerOrReason, runIn } from './consumer.mjs';
import { withServer } from './servers.mjs';

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

function install() {
  return consumerOrReason('examples', {
    packages: ['ct-activation', 'ct-data', 'ct-datasets', 'ct-layers', 'ct-models', 'ct-wasm-gradients'],
    others: ['@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0', `vite@${devDependencies.vite}`],
  });
}

const { folder = '', reason } = await install();
const executablePath = findChromium();

/**
 * An example, beside the packages that it needs.
 *
 * @param {string} name
 */
function copyOf(name) {
  const copy = join(folder, 'examples', name);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, 'examples', name), copy, { recursive: true });
  return copy;
}

if (reason !== undefined) it.skip(`examples (${reason})`);
else
  it('node: tunes, and predicts the same from base and file', async () => {
    const { status, output } = await runIn(copyOf('node'), process.execPath, ['tune.mjs']);
    expect(status, output).toBe(0);
    expect(output).toMatch(/tuned: 0\.\d+, by 480 numbers and a head/);
    expect(output).toContain('the same predictions: true');
  });

if (reason !== undefined || executablePath === undefined) it.skip(`examples in pages (${reason ?? 'needs Chromium'})`);
else
  describe('pages', () => {
    /** @type {import('playwright').Browser} */
    let browser;
    beforeAll(async () => {
      const camera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
      browser = await chromium.launch({ executablePath, args: [...chromiumArgs, ...camera] });
    });
    afterAll(() => browser?.close());

    /**
     * Builds an example, and opens it; `use` gets the page once it says what `until` matches.
     *
     * @param {string} name
     * @param {RegExp} until
     * @param {(page: import('playwright').Page, said: () => Promise<string>) => Promise<void>} use
     */
    async function open(name, until, use) {
      const copy = copyOf(name);
      const vite = join(folder, 'node_modules/vite/bin/vite.js');
      const build = await runIn(copy, process.execPath, [vite, 'build', '--base', './', '--target', 'es2022']);
      expect(build.status, build.output).toBe(0);
      await withServer([vite, 'preview', '--port', '0', '--host', '127.0.0.1'], copy, async (address) => {
        const page = await browser.newPage();
        /** @type {string[]} */
        const errors = [];
        page.on('pageerror', ({ message }) => errors.push(message));
        await page.goto(address);
        const said = page.locator('#said').filter({ hasText: until });
        try {
          await said.waitFor({ timeout: 100_000 });
        } catch (error) {
          throw new Error(`${name} says "${await page.locator('#said').textContent()}"; ${errors.join()}`, {
            cause: error,
          });
        }
        await use(page, async () => (await page.locator('#said').textContent()) ?? '');
        expect(errors).toEqual([]);
        await page.close();
      });
    }

    it('vite: reads digits at the curvature of the slider', async () => {
      await open('vite', /beta 1: \d+ of 100/, async (page, said) => {
        const correct = async () => Number(/: (\d+) of/.exec(await said())?.[1]);
        const plain = await correct();
        expect(plain).toBeGreaterThan(60);
        await page.locator('#beta').fill('0.2');
        await page.locator('#said').filter({ hasText: 'beta 0.2:' }).waitFor();
        // That much curvature without calibration costs what the network knew.
        expect(await correct()).toBeLessThan(plain);
      });
    });

    it('worker: tunes off the main thread; after a reload the kept adapter predicts the same', async () => {
      await open('worker', /^tuned: \d{50}$/, async (page, said) => {
        const tuned = (await said()).replace('tuned', 'kept');
        await page.reload();
        await page.locator('#said').filter({ hasText: 'kept:' }).waitFor({ timeout: 60_000 });
        expect(await said()).toBe(tuned);
      });
    });

    // A third party's LayersModel on wasm, the GraphModel on webgl, which here is software: fewer photos.
    it.each(
      /** @type {const} */ ([
        ['wasm', 'layers', 8],
        ['webgl', 'graph', 3],
      ]),
    )(
      'photos, on %s: adapts a %s model off the page, whose tasks stay below 150 ms; the same after a reload',
      { timeout: 400_000 },
      async (backend, model, ofEach) => {
        const place = join(folder, 'examples', `photos-${backend}`);
        rmSync(place, { recursive: true, force: true });
        await writeNsfwjs(model, join(place, 'model'));
        await drawPhotos(place, { photos: ofEach, others: 1 }, 42);
        const filesIn = (/** @type {string} */ name) =>
          readdirSync(join(place, name), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name));
        await open('photos', /choose a network/, async (page, said) => {
          const until = (/** @type {RegExp} */ hasText) =>
            page.locator('#said').filter({ hasText }).waitFor({ timeout: 300_000 });
          const predictions = async () => {
            await page.locator('#others').setInputFiles(filesIn('others'));
            await until(/3 photos told apart|failed/);
            return page.locator('#predicted li').allTextContents();
          };
          await page.goto(`${page.url()}?backend=${backend}&betas=0.8`);
          // Text: it runs in the page.
          await page.evaluate(`longTasks = []; new PerformanceObserver((list) => list.getEntries().forEach(
            ({ duration }) => longTasks.push(duration))).observe({ entryTypes: ['longtask'] })`);
          await page.locator('#model').setInputFiles(filesIn('model'));
          await page.locator('#photos').setInputFiles(join(place, 'photos'));
          await until(/^adapted|failed/);
          expect(await said()).toMatch(/^adapted: \d+ % of \d+ other photos right, \d+ kB$/);
          const first = await predictions();
          expect(first).toHaveLength(3);
          expect(await page.evaluate('Math.max(0, ...longTasks)')).toBeLessThan(150);
          await page.reload();
          await until(/^circles, stripes, triangles: adapted at an earlier visit$|failed/);
          expect(await predictions()).toEqual(first);
        });
      },
    );

    it('cdn: steers in a page without a bundler, whose import map names files of the packages on a CDN', async () => {
      const page = await browser.newPage();
      /** @type {string[]} */
      const errors = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('requestfailed', (request) => errors.push(request.url()));
      const html = readFileSync(join(root, 'examples/cdn/index.html'), 'utf8');
      await page.route('http://page.test/', (route) => route.fulfill({ contentType: 'text/html', body: html }));
      // What the CDN would serve: the files of the packages as they are installed here.
      await page.route('https://cdn.jsdelivr.net/npm/**', (route) => {
        const [, name = '', version = '', path = ''] =
          /npm\/(@[\w-]+\/[\w-]+)@([\d.]+)\/(.*)$/.exec(route.request().url()) ?? [];
        const place = join(folder, 'node_modules', name);
        const installed = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')).version;
        if (name.startsWith('@tensorflow/')) expect(version, name).toBe(installed);
        const headers = { 'access-control-allow-origin': '*' };
        return route.fulfill({ path: join(place, path), headers });
      });
      await page.goto('http://page.test/');
      const said = page.locator('#said').filter({ hasText: /^beta (0\.[789]|1): 9\d\.\d % of new digits right$/ });
      await said.waitFor({ timeout: 100_000 }).catch((cause) => {
        throw new Error(errors.join(), { cause });
      });
      expect(errors).toEqual([]);
      await page.close();
    });

    it('webcam: frames of a camera, live', async () => {
      await open('webcam', /frame \d+: \d, by \d+ % at beta 0.9/, async (page) => {
        await page.locator('#beta').fill('0.5');
        await page.locator('#said').filter({ hasText: 'at beta 0.5' }).waitFor();
      });
    });
  });
