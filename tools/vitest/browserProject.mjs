// The vitest project that runs a package's browser tests in headless Chromium, for vitest.config.ts.
import { playwright } from '@vitest/browser-playwright';
import { chromiumArgs, findChromium } from './chromium.mjs';
import { HANG } from './suites/hang.mjs';

/**
 * `include`: the tests; `optimize`: packages that Vite prepares beforehand (a reload in the middle of a run fails it);
 * `isolated`: serve with COOP and COEP, so that SharedArrayBuffer exists and tfjs-wasm runs threads; `plugins`: what
 * Vite's server has beside.
 *
 * `*.long.browser.ts`, whose programs SwiftShader compiles for long, run where CT_FULL is set: `npm run test:full`.
 *
 * Without a browser the stand-in test/noBrowser.ts skips by name.
 *
 * @type {typeof import('./browserProject.mjs').browserProject}
 */
export function browserProject({ name = 'browser', include, optimize, isolated = false, plugins = [] }) {
  const executablePath = findChromium();
  if (executablePath === undefined) return { test: { name, include: ['test/noBrowser.ts'] } };
  return {
    plugins,
    resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] },
    optimizeDeps: { include: optimize },
    ...(isolated && {
      server: {
        headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
      },
    }),
    test: {
      name,
      include,
      exclude: process.env.CT_FULL ? [] : ['**/*.long.browser.ts'],
      testTimeout: HANG,
      hookTimeout: HANG,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath, args: chromiumArgs } }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}
