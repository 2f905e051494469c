// The playground in Chromium: every pane is driven as a visitor would, on wasm and on webgl; every page works from any
// folder and from file://, says nothing in the console and asks nobody else for anything.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { buildSite, dist, openSite, said } from './builtSite.mjs';

const executablePath = findChromium();
const PAGES = ['index', 'playground/boundary', 'playground/four-ways', 'guides/tune', 'guides/choose'];
const READY = /Trained|Ready|as it is/;

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
        await expect.poll(() => page.url()).toMatch(/beta=0\.6\d/);
        const beta = await slider.inputValue();
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
