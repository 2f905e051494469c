// The panes of the plane and of attacks in Chromium, driven as a visitor would, on every backend that there is: none
// writes an error or asks anybody else for anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { boxOf, openSite, said } from './builtSite.mjs';

const executablePath = findChromium();

if (executablePath === undefined) it.skip('the panes in a page (needs Chromium)');
else
  describe('the panes', () => {
    /** @type {Awaited<ReturnType<typeof openSite>>} */
    let site;
    beforeAll(async () => {
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
        const { x, y, width, height } = await boxOf(slider);
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

      it('adapts a network in four ways, step by step, slowly and to the end, and says which is ahead', async () => {
        const { page, faults } = await site.visit(`playground/four-ways.html?backend=${backend}&budget=50`);
        expect(await said(page, /Ready/)).toMatch(/^Ready/);
        const step = page.locator('[data-test=step]');
        await page.getByRole('button', { name: 'Step' }).click();
        await step.filter({ hasText: 'step 1 of 50' }).waitFor();
        await page.getByRole('button', { name: 'Slow motion' }).click();
        await step.filter({ hasText: /step [2-9] of 50/ }).waitFor();
        await page.getByRole('button', { name: 'Pause' }).click();
        await page.getByRole('button', { name: 'Train' }).click();
        expect(await said(page, /Done/)).toMatch(/is ahead with \d+\.\d %; T-CT (gains|loses) \d+\.\d points/);
        for (const way of ['relu', 'sct', 'lora', 'tct'])
          expect(await page.locator(`[data-test=accuracy-${way}]`).textContent()).toMatch(/^\d+\.\d %$/);
        await page.getByRole('button', { name: 'Reset' }).click();
        expect(await said(page, /Ready/)).toMatch(/^Ready/);
        expect(faults).toEqual([]);
        await page.context().close();
      });

      it('attacks an image, and says what it is read as then', async () => {
        const { page, faults } = await site.visit(
          `playground/attack.html?backend=${backend}&network=given&image=12&eps=0.1`,
        );
        expect(await said(page, /Ready/)).toMatch(/^Ready: as given, the 4 is read as \d once no pixel/);
        const picture = (/** @type {string} */ name) => page.locator(`[data-test=picture-${name}]`).getAttribute('src');
        expect(await picture('attacked')).not.toBe(await picture('clean'));
        await page.locator('#eps').focus();
        await page.keyboard.press('Home');
        expect(await said(page, /within 0\.005|before any|by more than 0\.005/)).toMatch(/^Ready/);
        await expect.poll(() => page.url(), { timeout: 30_000 }).toContain('eps=0.005');
        await page.locator('fieldset label', { hasText: 'Calibrated' }).click();
        expect(await said(page, /at beta 0\.6/)).toMatch(/^Ready/);
        expect(faults).toEqual([]);
        await page.context().close();
      });
    });

    it('attacks many over beta, and says what chance makes of the difference and what it costs', async () => {
      const { page, faults } = await site.visit('playground/attack.html?count=10');
      await said(page, /Ready/);
      await page.getByRole('button', { name: 'Attack 10 images' }).click();
      expect(await said(page, /Done/)).toBe('Done: 10 images at epsilon 0.03');
      expect(await page.locator('[data-test=verdict]').textContent()).toMatch(
        /^Of 10 images withstand: \d+ at beta 0.6, \d+ calibrated alone, \d+ as given.*(costs|gains).*p = \d\.\d\d/,
      );
      expect(await page.locator('[data-test=robust]').getAttribute('d')).toMatch(/^M.*L/);
      await page.getByRole('button', { name: 'Attack 10 images' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      expect(await said(page, /cancelled/)).toBe('Ready: cancelled');
      expect(faults).toEqual([]);
      await page.context().close();
    });

    it('takes what a preset says, and back', async () => {
      const { page, faults } = await site.visit('playground/boundary.html');
      await said(page, /Trained/);
      await page.getByRole('button', { name: 'Too much' }).click();
      await expect.poll(() => page.locator('#beta').inputValue()).toBe('0.6');
      expect(page.url()).toContain('set=spiral');
      await page.goBack();
      await expect.poll(() => page.locator('#beta').inputValue()).toBe('0.9');
      expect(faults).toEqual([]);
      await page.context().close();
    });

    it('runs on webgpu, where the browser has it, after a switch by hand', async ({ skip }) => {
      const { page, faults } = await site.visit('playground/boundary.html');
      const has = await page.evaluate('navigator.gpu?.requestAdapter().then((adapter) => adapter !== null) ?? false');
      if (has !== true) skip('no webgpu in this browser');
      await said(page, /Trained/);
      await page.locator('#backend').selectOption('webgpu');
      await said(page, /Loading|Training/);
      expect(await said(page, /Trained/)).toMatch(/^Trained/);
      expect(await page.locator('small', { hasText: 'phi is fused' }).count()).toBe(1);
      expect(faults).toEqual([]);
      await page.context().close();
    });
  });
