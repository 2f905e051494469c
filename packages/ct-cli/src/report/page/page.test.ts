// The page of a report in Chromium: on phones and desks, light, dark and printed, with axe.
import type axeCore from 'axe-core';
import axe from 'axe-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArgs, findChromium } from '../../../../../tools/vitest/chromium.mjs';
import type { Wanted } from '../../../test/someReport.js';
import { someReport } from '../../../test/someReport.js';
import { page as html } from './page.js';

const executablePath = findChromium();
const long = ['a rather long name of a class', 'two\nlines', '<b>', 'née', 'e'];
const reports: Record<string, Wanted> = {
  'one seed': {},
  'three seeds': { seeds: [42, 43, 44] },
  'ReLU wins': { reluWins: true },
  'ReLU wins, three seeds': { reluWins: true, seeds: [42, 43, 44] },
  'the paper, no control': { protocol: 'paper', methods: ['probe', 'sct'] },
  'one method': { methods: ['probe'] },
  'all methods, long names': {
    methods: ['probe', 'bn', 'sct', 'tct', 'tct-split', 'lora', 'norm', 'slope', 'affine', 'bias', 'full'],
    classes: long,
  },
  'forty classes': { classes: Array.from({ length: 40 }, (_, i) => `class ${i}`) },
};

describe.skipIf(executablePath === undefined)('the page (needs Chromium)', () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: chromiumArgs });
    folder = mkdtempSync(join(tmpdir(), 'ct-page-'));
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (wanted: Wanted, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const file = join(folder, 'report.html');
    writeFileSync(file, html(someReport(wanted)));
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(file).href);
    // It fetches nothing but itself.
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    expect(errors).toEqual([]);
    return page;
  };

  it.each(['three seeds', 'all methods, long names'])('%s: axe finds nothing', async (name) => {
    for (const [width, scheme] of [
      [1280, 'light'],
      [360, 'dark'],
    ] as const) {
      const page = await open(reports[name]!, width, scheme);
      // All of it, also what opens on request.
      await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      expect(violations.map(({ id, impact, nodes }) => [id, impact, nodes[0]!.html])).toEqual([]);
      await page.close();
    }
  });

  it.each(Object.entries(reports))(
    '%s: nothing scrolls sideways, no label is smaller than 11 px, none collide',
    async (_, wanted) => {
      const page = await open(wanted, 1280);
      for (const width of [360, 620, 1024, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `at ${width} px`).toBe(width);
        const labels = await page.evaluate(() =>
          [...document.querySelectorAll('figure > svg')]
            .filter((svg) => getComputedStyle(svg).display !== 'none')
            .map((svg) => {
              const scale = svg.getBoundingClientRect().width / (svg as SVGSVGElement).viewBox.baseVal.width;
              return [...svg.querySelectorAll('text')].map((text) => {
                // Of the letters; the box of a line has room above and below them.
                const { left, right, top: above, bottom: below } = text.getBoundingClientRect();
                const [top, bottom] = [above + 2, below - 2];
                const size = scale * parseFloat(getComputedStyle(text).fontSize);
                return { text: text.textContent, left, right, top, bottom, size };
              });
            }),
        );
        for (const inFigure of labels)
          inFigure.forEach((one, i) => {
            expect(one.size, `${one.text} at ${width} px`).toBeGreaterThanOrEqual(11);
            for (const other of inFigure.slice(i + 1)) {
              const apart =
                one.right <= other.left ||
                other.right <= one.left ||
                one.bottom <= other.top ||
                other.bottom <= one.top;
              expect(apart, `"${one.text}" and "${other.text}" at ${width} px`).toBe(true);
            }
          });
      }
      await page.close();
    },
  );

  it('says what a mark is beside the pointer, and beside a finger', async () => {
    const page = await open({}, 1280);
    const mark = page.locator('#accuracy-over-beta svg.wide circle').first();
    await mark.scrollIntoViewIfNeeded();
    await mark.hover();
    expect(await page.locator('#tip').textContent()).toBe('beta 0.60: 90.00 %\nloss 0.2000, computed');
    await page.mouse.move(1, 1);
    expect(await page.locator('#tip').isVisible()).toBe(false);
    await page.close();
  });

  it('is light on paper, without navigation, and shows what is closed on screens', async () => {
    const page = await open({}, 718, 'dark');
    await page.emulateMedia({ media: 'print' });
    const seen = await page.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      navigation: getComputedStyle(document.querySelector('nav')!).display,
      width: document.documentElement.scrollWidth,
    }));
    expect(seen).toEqual({ background: 'rgb(255, 255, 255)', navigation: 'none', width: 718 });
    await page.close();
  });

  it('names every figure, heads every table, and links to the record', async () => {
    const page = await open({}, 1280);
    expect(await page.getByRole('img', { name: 'Validation accuracy, %, over beta' }).count()).toBe(1);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('rowheader', { name: 'S-CT' }).first().isVisible()).toBe(true);
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'report.json' }).getAttribute('href')).toBe('report.json');
    await page.close();
  });
});

declare global {
  var axe: typeof axeCore;
}
