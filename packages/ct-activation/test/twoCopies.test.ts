import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import * as es from '../src/index.js';

const cjs = createRequire(import.meta.url)('../cjs/index.js') as typeof es;

it('the ES modules and the CommonJS build know of the same kernels, and why some are missing', () => {
  expect(cjs.ctuKernels).not.toBe(es.ctuKernels);
  es.explainMissingCtuKernels('tensorflow', 'it is not built; run npx ct-node setup');
  cjs.explainMissingCtuKernels('other', 'no driver; install one');
  for (const { ctuKernels } of [es, cjs]) {
    expect(ctuKernels()).toMatchObject({
      tensorflow: 'composed: it is not built; run npx ct-node setup',
      other: 'composed: no driver; install one',
    });
  }
});
