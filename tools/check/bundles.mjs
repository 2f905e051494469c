// Bundles each kernel entry alone, as an application's Vite would with tfjs left out, for size-limit to weigh:
// .size-limit.json holds the limits. Each bundle is all that the entry adds, and the few lines it shares with `ctu`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from '../run/setup.mjs';

const bundles = [
  {
    folder: 'ct-activation',
    entries: ['cpu', 'wasm', 'webgl', 'webgpu'].map((name) => ({ name, entry: `dist/kernels/${name}.js` })),
  },
  { folder: 'ct-wasm-gradients', entries: [{ name: 'index', entry: 'dist/index.js' }] },
];
for (const { folder, entries } of bundles) {
  const packageRoot = join(root, 'packages', folder);
  const outDir = join(packageRoot, 'test-results/bundles');
  rmSync(outDir, { recursive: true, force: true });
  for (const { name, entry } of entries) {
    await build({
      root: packageRoot,
      logLevel: 'warn',
      build: {
        outDir,
        emptyOutDir: false,
        target: 'es2022',
        minify: true,
        lib: { entry, formats: ['es'], fileName: name },
        rolldownOptions: { external: [/^@tensorflow\//] },
      },
    });
  }
}
