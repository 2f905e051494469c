// Bundles each kernel entry alone, and programs that take one function of a package, as an application's Vite would
// with tfjs left out, for size-limit to weigh: .size-limit.json holds the limits. Each bundle is all that the entry or
// the function adds.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from '../run/setup.mjs';

/** @type {{ folder: string, entries: { name: string, entry?: string, of?: string }[] }[]} */
const bundles = [
  {
    folder: 'ct-activation',
    entries: ['cpu', 'wasm', 'webgl', 'webgpu'].map((name) => ({ name, entry: `dist/kernels/${name}.js` })),
  },
  { folder: 'ct-wasm-gradients', entries: [{ name: 'index', entry: 'dist/index.js' }] },
  { folder: 'ct-layers', entries: ['replaceActivations', 'steer', 'tune'].map((name) => ({ name, of: 'layers' })) },
  {
    folder: 'ct-models',
    entries: ['resnet18', 'createModel', 'loadPretrained'].map((name) => ({ name, of: 'models' })),
  },
  { folder: 'ct-datasets', entries: [{ name: 'loadDigits', of: 'datasets' }] },
  { folder: 'ct-torch-file', entries: [{ name: 'parseTorchFile', of: 'torch-file' }] },
];
for (const { folder, entries } of bundles) {
  const packageRoot = join(root, 'packages', folder);
  const outDir = join(packageRoot, 'test-results/bundles');
  rmSync(outDir, { recursive: true, force: true });
  for (const { name, of, entry = join(outDir, `${name}.entry.mjs`) } of entries) {
    if (of !== undefined) {
      mkdirSync(outDir, { recursive: true });
      writeFileSync(entry, `export { ${name} } from '@curvature-tuning/${of}';\n`);
    }
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
