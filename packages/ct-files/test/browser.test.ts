/**
 * What browsers have too must be bundled for them without a module of Node's.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Rollup } from 'vite';
import { expect, it } from 'vitest';

it('the main entry is bundled for browsers whole, without a module of Node', async () => {
  const [output] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      lib: { entry: fileURLToPath(new URL('../dist/index.js', import.meta.url)), formats: ['es'], fileName: 'index' },
    },
  })) as Rollup.RollupOutput[];
  const chunks = output!.output.filter((part) => part.type === 'chunk');
  expect(chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])).toEqual([]);
  expect(chunks.map(({ code }) => code).join('\n')).not.toContain('browser-external');
  expect(chunks[0]!.exports.sort()).toEqual([
    'DownloadFault',
    'Pieces',
    'bundledFile',
    'fetchBytes',
    'fetchPieces',
    'isFileSource',
    'isSha256',
    'openCache',
    'readSource',
    'requestRange',
    'verifySha256',
  ]);
});
