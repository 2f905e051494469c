// The report of `npm run bench`, opened in Chromium: every package is on it, also those of which nothing was measured.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { expect, it } from 'vitest';
import { changeOf } from '../bench/compare/change.mjs';
import { page as html } from '../bench/compare/report.mjs';
import { root } from '../run/root.mjs';
import { chromiumArgs, findChromium } from '../vitest/chromium.mjs';
import { packageNames } from './pictures.mjs';

/** What is published: `ct-checks` is in all others. */
const published = packageNames().filter((name) => name !== 'ct-checks');
const executablePath = findChromium();

it.each(published)('%s says what is timed', (name) => {
  expect(existsSync(join(root, 'packages', name, 'bench', 'cases.mjs'))).toBe(true);
});

it.skipIf(executablePath === undefined)(
  'shows every package, on phones too (needs Chromium)',
  async () => {
    const slower = changeOf(Array(9).fill(12), Array(9).fill(10));
    const same = changeOf(Array(9).fill(10), Array(9).fill(10));
    const cases = [
      { name: 'a case', backend: 'cpu', ms: 12, before: 10, change: slower },
      { name: 'another', backend: 'wasm', ms: 10, before: 10, change: same },
      { name: 'all cases', backend: 'webgl', skipped: 'there is no Chromium' },
    ];
    const report = {
      date: '2026-01-01',
      commit: 'abc',
      baseline: 'def',
      command: 'npm run bench --',
      machine: { processor: 'one' },
      packages: Object.fromEntries(published.map((name) => [name, cases])),
    };
    const folder = mkdtempSync(join(tmpdir(), 'ct-bench-report-'));
    const browser = await chromium.launch({ executablePath, args: chromiumArgs });
    try {
      const file = pathToFileURL(join(folder, 'report.html')).href;
      writeFileSync(join(folder, 'report.html'), html(report));
      const page = await browser.newPage();
      /** @type {string[]} */
      const errors = [];
      page.on('pageerror', ({ message }) => errors.push(message));
      await page.goto(file);
      expect(await page.locator('h2').allTextContents()).toEqual(published);
      expect(await page.locator('tbody tr').count()).toBe(3 * published.length);
      expect(await page.locator('td.slower:text-is("slower")').count()).toBe(published.length);
      expect(await page.getByRole('img', { name: '1.20, from 1.20 to 1.20' }).count()).toBe(published.length);
      expect(await page.getByText('there is no Chromium').count()).toBe(published.length);
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth'), `at ${width} px`).toBe(width);
      }
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
