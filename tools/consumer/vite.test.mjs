// README's first program in a page, as served by the development servers and made by the builds of Vite 5 to 8.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArgs, findChromium } from '../vitest/chromium.mjs';
import { everything } from './everything.mjs';
import { runIn } from './consumer.mjs';
import { indexHtml, program } from './pageProgram.mjs';
import { withServer } from './servers.mjs';

const executablePath = findChromium();
const { folder = '', reason } = executablePath === undefined ? { reason: 'needs Chromium' } : await everything();

if (reason !== undefined) it.skip(`pages (${reason})`);
else
  describe('pages', () => {
    /** @type {import('playwright').Browser} */
    let browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: chromiumArgs });
    });
    afterAll(() => browser?.close());

    describe.each([5, 6, 7, 8])('Vite %i', (version) => {
      const vite = join(folder, 'node_modules', `vite${version}`, 'bin', 'vite.js');
      beforeAll(() => {
        // What another version has prepared.
        for (const name of ['node_modules/.vite', 'dist']) rmSync(join(folder, name), { recursive: true, force: true });
        writeFileSync(join(folder, 'index.html'), indexHtml);
        writeFileSync(join(folder, 'main.js'), program);
      });

      it('its development server runs it', async () => {
        await withServer([vite, '--port', '0', '--host', '127.0.0.1'], folder, async (address) => {
          expect(await titleOf(browser, address)).toEqual({ beta: 0.9, accuracy: expect.closeTo(0.94, 1) });
        });
      });

      it('its build runs, and holds Fashion-MNIST in a chunk of its own that is not fetched', async () => {
        const { status, output } = await runIn(folder, process.execPath, [vite, 'build']);
        expect(status, output).toBe(0);
        /** @type {string[]} */
        const fetched = [];
        await withServer([vite, 'preview', '--port', '0', '--host', '127.0.0.1'], folder, async (address) => {
          expect(await titleOf(browser, address, fetched)).toEqual({ beta: 0.9, accuracy: expect.closeTo(0.94, 1) });
        });
        const fashion = readdirSync(join(folder, 'dist', 'assets')).filter((name) =>
          name.startsWith('fashion-mnist-sample-images'),
        );
        expect(fashion).toHaveLength(1);
        expect(fetched.some((url) => url.includes('digits-images'))).toBe(true);
        expect(fetched.filter((url) => url.includes('fashion-mnist-sample'))).toEqual([]);
      });
    });
  });

/**
 * What the program of a page came to.
 *
 * @param {import('playwright').Browser} browser
 * @param {string} address
 * @param {string[]} fetched Hears what is fetched.
 */
async function titleOf(browser, address, fetched = []) {
  const page = await browser.newPage();
  try {
    page.on('request', (request) => fetched.push(request.url()));
    await page.goto(address);
    await page.waitForFunction(() => /^(\{|failed)/.test(globalThis.document.title), undefined, { timeout: 100_000 });
    const title = await page.title();
    expect(title).not.toContain('failed');
    return JSON.parse(title);
  } finally {
    await page.close();
  }
}
