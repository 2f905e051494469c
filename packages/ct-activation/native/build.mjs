// Builds src/kernels/wasm/wasmBinaries.ts from ctu.c: `node native/build.mjs`, or `--check` to see that it is up to date.
import { buildWasm } from '../../../tools/buildWasm.mjs';

buildWasm({
  sources: [new URL('ctu.c', import.meta.url)],
  target: new URL('../src/kernels/wasm/wasmBinaries.ts', import.meta.url),
  named: 'native/ctu.c',
});
