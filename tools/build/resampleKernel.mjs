// Builds ct-datasets' src/images/wasmBinaries.ts from its native/resample.c: `node tools/build/resampleKernel.mjs`;
// `--check` compares. It stands here so that the package need not wait for ct-wasm-host.
import { buildWasm } from '../../packages/ct-wasm-host/native/buildWasm.mjs';

const folder = new URL('../../packages/ct-datasets/', import.meta.url);
buildWasm({
  sources: [new URL('native/resample.c', folder)],
  target: new URL('src/images/wasmBinaries.ts', folder),
  named: 'native/resample.c',
  generator: 'tools/build/resampleKernel.mjs',
  columns: 100,
});
