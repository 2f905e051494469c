// The site as it is built, and a browser that looks at it and notes what a page should never do.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { chromiumArgs } from '../../../tools/vitest/chromium.mjs';
import { serve } from '../scripts/serve.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Where the built site lies. */
export const dist = join(root, 'apps/site/.vitepress/dist');

/** Builds the site. */
export function buildSite() {
  execFileSync(process.execPath, [join(root, 'tools/run/site.mjs'), '--build'], { cwd: root, stdio: 'inherit' });
}

/**
 * @typedef {import('playwright').BrowserContextOptions} Look
 * @typedef {{ page: import('playwright').Page, faults: string[] }} Visit
 */

/**
 * A browser, the site served from a folder within a folder, and pages of it. `faults` of a page are errors that it
 * writes and requests that fail or go elsewhere.
 *
 * @param {string} executablePath
 */
export async function openSite(executablePath) {
  const { url, close } = await serve(dist, '/some/where/');
  const camera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
  // Else the page itself is put together by the software that stands in for a graphics card.
  const args = [...chromiumArgs, '--disable-gpu-compositing', ...camera];
  const browser = await chromium.launch({ executablePath, args });
  return {
    url,
    browser,
    /**
     * @param {string} path
     * @param {Look} [look]
     * @param {string} [base]
     * @returns {Promise<Visit>}
     */
    async visit(path, look = { viewport: { width: 1280, height: 900 } }, base = url) {
      const context = await browser.newContext(look);
      const page = await context.newPage();
      /** @type {string[]} */
      const faults = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()) && !isOfSwiftShader(message.text()))
          faults.push(message.text());
      });
      page.on('pageerror', ({ message }) => faults.push(message));
      page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(base)) faults.push(request.url());
      });
      await page.goto(base + path);
      return { page, faults };
    },
    async close() {
      await browser.close();
      close();
    },
  };
}

/**
 * What Chromium says of the software that stands in for a graphics card.
 *
 * @param {string} text
 */
const isOfSwiftShader = (text) => /GL Driver Message|GPU stall|swiftshader/i.test(text);

/**
 * Waits until a page says what it is to say, and returns the whole of that: what it says next is another text.
 *
 * @param {import('playwright').Page} page
 * @param {RegExp} text
 * @param {number} [timeout]
 */
export async function said(page, text, timeout = 60_000) {
  const status = () => globalThis.document.querySelector('[data-test=status]')?.textContent ?? '';
  /** @type {(source: string) => string | false} */
  const found = (source) => {
    const told = globalThis.document.querySelector('[data-test=status]')?.textContent ?? '';
    return new RegExp(source).test(told) && told;
  };
  try {
    const told = await page.waitForFunction(found, text.source, { timeout, polling: 50 });
    return String(await told.jsonValue());
  } catch (cause) {
    throw new Error(`the page was to say ${text}; it says "${await page.evaluate(status)}"`, { cause });
  }
}

/**
 * Where an element is.
 *
 * @param {import('playwright').Locator} locator
 */
export async function boxOf(locator) {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('the element is not shown');
  return box;
}
