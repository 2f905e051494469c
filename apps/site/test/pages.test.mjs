// Every page of the built site in Chromium: from any folder and from file://, at any width, for everybody, and with no
// link to nowhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { dist, openSite, said } from './builtSite.mjs';

const executablePath = findChromium();
const PANES = ['boundary', 'four-ways', 'images', 'attack'];
const PAGES = ['index', ...PANES.map((pane) => `playground/${pane}`), 'guides/tune', 'guides/choose', 'api/index'];
const READY = /Trained|Ready|as it is/;

if (executablePath === undefined) it.skip('the pages in a browser (needs Chromium)');
else
  describe('the pages', () => {
    /** @type {Awaited<ReturnType<typeof openSite>>} */
    let site;
    beforeAll(async () => {
      site = await openSite(executablePath);
    });
    afterAll(() => site?.close());

    it('is walked from file://', async () => {
      const { page, faults } = await site.visit('playground/boundary.html', undefined, `file://${dist}/`);
      expect(await said(page, /Trained/)).toMatch(/^Trained/);
      await page.getByRole('link', { name: 'Four ways' }).first().click();
      expect(await said(page, /Ready/)).toMatch(/^Ready/);
      expect(page.url()).toMatch(/four-ways\.html$/);
      expect(faults).toEqual([]);
      await page.context().close();
    });

    it.each(PANES)('works from file://: %s', async (pane) => {
      const { page, faults } = await site.visit(`playground/${pane}.html`, undefined, `file://${dist}/`);
      expect(await said(page, READY)).toMatch(READY);
      expect(faults).toEqual([]);
      await page.context().close();
    });

    it.each(PANES)(
      'leaves all of TensorFlow.js to a worker, moves nothing and fetches nothing later: %s',
      async (pane) => {
        const { page, faults } = await site.visit('index.html');
        await page.addInitScript(`
        shift = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((one) => (shift += one.value)))
          .observe({ type: 'layout-shift', buffered: true });`);
        await page.waitForLoadState('networkidle');
        await page.goto(`${site.url}playground/${pane}.html`);
        await said(page, READY);
        expect(await page.evaluate('shift')).toBe(0);
        expect(await page.evaluate('"_tfengine" in globalThis || "_tfGlobals" in globalThis')).toBe(false);
        /** @type {string[]} */
        const later = [];
        page.on('request', (request) => later.push(request.url()));
        await page.locator('input[type=range]').first().focus();
        for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
        await page.waitForTimeout(500);
        expect(later.filter((url) => !url.startsWith('data:'))).toEqual([]);
        expect(faults).toEqual([]);
        await page.context().close();
      },
    );

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
