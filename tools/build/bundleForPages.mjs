// Makes the bundles of a package for pages without a bundler: esm/x.js for each entry that runs in browsers, with its
// third-party dependencies inside. tfjs and our other packages stay imports, which the page's import map resolves, so
// that a page has one copy of each. `pnpm pack` runs it (prepack); examples/cdn uses what comes of it.
import { readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'vite';

/** Entries for Node, and those that are no program. */
const LEFT = ['./node', './package.json'];

const folder = resolve(process.argv[2] ?? '.');
/** @type {{ name: string, exports: Record<string, { default: string, browser?: { default: string } }> }} */
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const entries = Object.entries(manifest.exports).filter(([path]) => !LEFT.includes(path));
rmSync(join(folder, 'esm'), { recursive: true, force: true });
await build({
  root: folder,
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: 'esm',
    target: 'es2022',
    minify: true,
    lib: {
      // What is named after the package's root is index.js, as in dist.
      entry: Object.fromEntries(
        entries.map(([path, { browser, default: file }]) => [
          path === '.' ? 'index' : basename(path),
          join(folder, browser?.default ?? file),
        ]),
      ),
      formats: ['es'],
    },
    rolldownOptions: {
      external: [/^@tensorflow\//, /^@curvature-tuning\//, /^node:/, /\/assets\/[^/]+\.js$/],
      output: { minify: true, entryFileNames: '[name].js', chunkFileNames: 'chunks/[hash].js' },
    },
  },
});
