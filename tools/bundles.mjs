// Bundles each kernel entry alone, as an application's Vite would with tfjs left out, for size-limit to weigh:
// .size-limit.json holds the limits. Each bundle is all that the entry adds, and the few lines it shares with `ctu`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './setup.mjs';

const outDir = join(root, 'packages/ct-activation/test-results/bundles');
rmSync(outDir, { recursive: true, force: true });
for (const name of ['cpu', 'wasm', 'webgl', 'webgpu']) {
  await build({
    root: join(root, 'packages/ct-activation'),
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      minify: true,
      lib: { entry: `dist/kernels/${name}.js`, formats: ['es'], fileName: name },
      rolldownOptions: { external: [/^@tensorflow\//] },
    },
  });
}
