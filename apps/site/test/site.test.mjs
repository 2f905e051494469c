// The playground in Chromium: every pane is driven as a visitor would, on wasm and on webgl; every page works from any
// folder and from file://, says nothing in the console and asks nobody else for anything.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { buildSite, dist, openSite, said } from './builtSite.mjs';

const executablePath = findChromium();
const PAGES = [
  'index',
  'playground/boundary',
  'playground/four-ways',
  'playground/images',
  'guides/tune',
  'guides/choose',
];
const READY = /Trained|Ready|as it is/;

/**
 * Draws a bar across (0) or down (1) the pad, moved by shares of its side.
 *
 * @param {import('playwright').Page} page
 * @param {number} label
 * @param {readonly number[]} by
 */
async function draw(page, label, [byX = 0, byY = 0]) {
  const pad = page.locator('[data-test=pad]');
  await page.getByRole('button', { name: 'Clear' }).click();
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width } = /** @type {{ x: number, y: number, width: number }} */ (await pad.boundingBox());
  const at = (/** @type {number} */ u, /** @type {number} */ v) => ({
    x: Math.round(x + (u + byX) * width),
    y: Math.round(y + (v + byY) * width),
  });
  const [from, to] = label === 0 ? [at(0.2, 0.35), at(0.6, 0.35)] : [at(0.35, 0.2), at(0.35, 0.6)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

/**
 * @param {import('playwright').Page} page
 * @param {string} method
 */
async function adaptBy(page, method) {
  await page.locator('fieldset label', { hasText: method }).click();
  await page.locator('[data-test=adapt]').click();
  expect(await said(page, new RegExp(`Done: ${method}`), 120_000)).toMatch(/^Done: .* of \d+ held-out images right/);
}

/**
 * Bytes of JavaScript that a page holds, once what it dropped is collected.
 *
 * @param {import('playwright').Page} page
 */
async function heapOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

if (executablePath === undefined) it.skip('the site in a page (needs Chromium)');
else
  describe('the site', () => {
    /** @type {Awaited<ReturnType<typeof openSite>>} */
    let site;
    beforeAll(async () => {
      if (process.env.CT_SITE_BUILT === undefined) buildSite();
      site = await openSite(executablePath);
    });
    afterAll(() => site?.close());

    describe.each(['wasm', 'webgl'])('on %s', (backend) => {
      it('bends a boundary as beta is dragged, by mouse and by keys, and says so in the address', async () => {
        const { page, faults } = await site.visit(`playground/boundary.html?backend=${backend}&beta=0.95`);
        expect(await said(page, /Trained/)).toMatch(/^Trained as a ReLU network/);
        const boundary = () => page.locator('[data-test=boundary]').getAttribute('d');
        const first = await boundary();
        const slider = page.locator('#beta');
        const { x, y, width, height } = /** @type {{ x: number, y: number, width: number, height: number }} */ (
          await slider.boundingBox()
        );
        await page.mouse.move(x + 0.9 * width, y + height / 2);
        await page.mouse.down();
        await page.mouse.move(x + 0.3 * width, y + height / 2, { steps: 8 });
        await page.mouse.up();
        await expect.poll(boundary).not.toBe(first);
        const dragged = await boundary();
        await slider.focus();
        for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
        await expect.poll(boundary).not.toBe(dragged);
        const beta = await slider.inputValue();
        expect(beta).toMatch(/^0\.6\d/);
        // The address follows when the hand rests.
        await expect.poll(() => page.url(), { timeout: 30_000 }).toContain(`beta=${beta}`);
        await page.reload();
        await said(page, /Trained/);
        expect(await slider.inputValue()).toBe(beta);
        expect(await page.locator('[data-test=accuracy]').textContent()).toMatch(/^\d+\.\d %$/);
        expect(await page.locator('small', { hasText: 'phi is fused' }).count()).toBe(1);
        expect(faults).toEqual([]);
        await page.context().close();
      });

      it('adapts a network in four ways, and says which is ahead', async () => {
        const { page, faults } = await site.visit(`playground/four-ways.html?backend=${backend}&budget=50`);
        expect(await said(page, /Ready/)).toMatch(/^Ready/);
        await page.getByRole('button', { name: 'Step' }).click();
        await page.locator('[data-test=step]', { hasText: 'step 1 of 50' }).waitFor();
        await page.getByRole('button', { name: 'Train' }).click();
        expect(await said(page, /Done/)).toMatch(/is ahead with \d+\.\d %; T-CT (gains|loses) \d+\.\d points/);
        for (const way of ['relu', 'sct', 'lora', 'tct'])
          expect(await page.locator(`[data-test=accuracy-${way}]`).textContent()).toMatch(/^\d+\.\d %$/);
        await page.getByRole('button', { name: 'Reset' }).click();
        expect(await said(page, /Ready/)).toMatch(/^Ready/);
        expect(faults).toEqual([]);
        await page.context().close();
      });
    });

    describe.each(['wasm', 'webgl'])('your images, on %s', (backend) => {
      it('adapts to drawings, keeps an adapter over a reload, and swaps in 50 ms', { timeout: 300_000 }, async () => {
        const query = `playground/images.html?backend=${backend}&epochs=1`;
        const { page, faults } = await site.visit(query);
        expect(await said(page, /Ready/)).toMatch(/^Ready/);
        for (let i = 0; i < 4; i++)
          for (const [label, way] of [
            [0, 0.1 * i],
            [0.1 * i, 0],
          ].entries()) {
            await draw(page, label, way);
            await page.locator(`[data-test=add-${label}]`).click();
          }
        expect(await page.locator('[data-test=count-1]').textContent()).toBe('4');
        await adaptBy(page, 'Linear probe');
        await adaptBy(page, 'T-CT');
        expect(await page.locator('[data-test=verdict]').textContent()).toMatch(/linear probe.*one held-out image is/);
        expect(await page.locator('.runs tbody tr').count()).toBe(2);
        await draw(page, 1, [0.05, 0.05]);
        const logits = page.locator('[data-test=logits]');
        await logits.waitFor();
        await page.getByRole('button', { name: 'Use T-CT' }).click();
        await page.locator('[data-test=swap]').waitFor();
        await page.waitForTimeout(500);
        const before = await logits.textContent();
        const downloading = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Save T-CT', exact: true }).click();
        const file = await (await downloading).path();

        // Two adapters, of which one came from the file: swapped 200 times.
        await page.locator('[data-test=load]').setInputFiles(file);
        expect(await said(page, /Ready: loaded/)).toMatch(/for A, B$/);
        const names = [/^Use T-CT$/, /^Use (?!T-CT|Linear)/];
        const swap = async (/** @type {number} */ i) => {
          await page.getByRole('button', { name: names[i % 2] }).click();
          const text = (await page.locator('[data-test=swap]').textContent()) ?? '';
          return { ms: Number(/in ([\d.]+) ms/.exec(text)?.[1]), tensors: Number(/(\d+) tensors/.exec(text)?.[1]) };
        };
        await swap(0);
        const first = await swap(1);
        const heapBefore = await heapOf(page);
        const took = [];
        for (let i = 0; i < 200; i++) took.push((await swap(i)).ms);
        // The median: one of two hundred may fall into a pause of the machine.
        expect(took.sort((a, b) => a - b)[100]).toBeLessThan(50);
        await page.waitForTimeout(1000);
        expect((await swap(1)).tensors).toBe(first.tensors);
        expect((await heapOf(page)) - heapBefore).toBeLessThan(2_000_000);

        await page.reload();
        expect(await said(page, /Ready/)).toMatch(/^Ready/);
        await page.locator('[data-test=load]').setInputFiles(file);
        await said(page, /Ready: loaded/);
        await draw(page, 1, [0.05, 0.05]);
        await expect.poll(() => logits.textContent()).toBe(before);
        expect(faults).toEqual([]);
        await page.context().close();
      });
    });

    it('works from file://', async () => {
      const { page, faults } = await site.visit('playground/boundary.html', undefined, `file://${dist}/`);
      expect(await said(page, /Trained/)).toMatch(/^Trained/);
      await page.getByRole('link', { name: 'Four ways' }).first().click();
      expect(await said(page, /Ready/)).toMatch(/^Ready/);
      expect(page.url()).toMatch(/four-ways\.html$/);
      expect(faults).toEqual([]);
      await page.context().close();
    });

    it.each(['light', 'dark'])('has no violation that axe knows, %s, at 360 and at 1280 pixels', async (scheme) => {
      const colorScheme = /** @type {'light' | 'dark'} */ (scheme);
      for (const width of [360, 1280])
        for (const path of PAGES) {
          const viewport = { width, height: 900 };
          const { page, faults } = await site.visit(`${path}.html`, { colorScheme, viewport, reducedMotion: 'reduce' });
          if (path.startsWith('playground')) await said(page, READY);
          const { violations } = await new AxeBuilder({ page }).analyze();
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
          expect(found, `${path} at ${width}`).toEqual([]);
          expect(faults, path).toEqual([]);
          await page.context().close();
        }
    });

    it.each([360, 768, 1440, 3840])('runs over at no side, %i pixels wide', async (width) => {
      for (const path of PAGES) {
        const { page } = await site.visit(`${path}.html`, { viewport: { width, height: 900 } });
        const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(over, path).toBeLessThanOrEqual(0);
        await page.context().close();
      }
    });

    it('has no link to a page that is not there', () => {
      const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
      const dead = files
        .filter((file) => file.endsWith('.html'))
        .flatMap((file) =>
          [...readFileSync(join(dist, file), 'utf8').matchAll(/href="([^"#?:]+)[^":]*"/g)]
            .map(([, href = '']) => decodeURIComponent(href))
            .filter((href) => !existsSync(join(dist, dirname(file), href)))
            .map((href) => `${file}: ${href}`),
        );
      expect([...new Set(dead)]).toEqual([]);
    });
  });
